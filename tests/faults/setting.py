"""Writes the hosts' configuration."""

from __future__ import annotations

import json
from pathlib import Path

from guests.hosting import built

from .brokers import Broker
from .work import DEAD, DOOMED, DOOMED_ATTEMPTS, OUT, WORK, WORK_ATTEMPTS

GROUP = "campaign"
IN_FLIGHT = 32
SUBSCRIPTION = """
[[components.campaign.subscriptions]]
topic = "{topic}"
group = "{group}"
start = "all"
max_in_flight = {in_flight}
retry = {{ attempts = {attempts}, initial = "50ms", max = "500ms" }}
dead_letter = {{ topic = "{dead}" }}
"""
CONFIG = """\
drain = "5s"

[clients.default]
{client}
[components.campaign]
path = {path}
{sends}
deadline = "10s"
permissions.default.send = ["{out}"]
"""


def prepare(folder: Path, hosts: int, broker: Broker, *, exactly_once: bool) -> list[Path]:
    """A folder with a ``messaging.toml`` for each host."""
    folders = [folder / f"host-{index}" for index in range(hosts)]
    for index, each in enumerate(folders):
        each.mkdir(parents=True)
        text = CONFIG.format(
            client=broker.client(index),
            path=json.dumps(str(built("outcome/c"))),
            sends='sends = "on-success"' if exactly_once else "",
            out=OUT,
        )
        for topic, attempts in ((WORK, WORK_ATTEMPTS), (DOOMED, DOOMED_ATTEMPTS)):
            text += SUBSCRIPTION.format(
                topic=topic, group=GROUP, in_flight=IN_FLIGHT, attempts=attempts, dead=DEAD
            )
        (each / "messaging.toml").write_text(text)
    return folders
