"""A host on the embedded broker for a long time, with guests that fail, trap and are given up."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from .child import Child, python
from .hosts import RunningHost, counted
from .memory import memory
from .places import MissingError, guest
from .stored import Place, embedded

WINDOW = 4_000
"""Outstanding messages while the maximum is found; those that wait for their retry among them."""
COMPONENT = "bench"
COUNTS = ("handled", "errors", "traps", "retried", "dead lettered")

CONFIGURATION = """
[clients.default]
url = "embedded:"

[components.{name}]
path = {component}
instances = 64
permissions.default.send = ["out"]

[[components.{name}.subscriptions]]
topic = "in"
max_in_flight = 1000
retry = {{ attempts = 3, initial = "200ms" }}
dead_letter = {{ topic = "dead" }}
"""

Data = dict[str, Any]
Line = dict[str, Any]


def soak(say: Callable[[str], None], *, seconds: float, finding: float) -> Data:
    """Find the maximum, then run at half of it.

    Args:
        say: takes a line of progress.
        seconds: at half of the maximum.
        finding: seconds for the maximum.

    Returns:
        ``maximum`` and ``rate`` in messages a second; ``samples``: every five seconds what the
        load says and ``resident`` bytes of the host, ``waiting`` messages in the broker and
        ``unsettled`` ones; ``end``: the load's last line; ``host``: what it counted itself.
    """
    with tempfile.TemporaryDirectory(prefix="wasi-messaging-bench-") as scratch:
        folder = Path(scratch)
        text = CONFIGURATION.format(name=COMPONENT, component=json.dumps(str(guest("outcome/c"))))
        with RunningHost(folder, text) as host:
            host.wait_attached()
            place = embedded(folder)
            words = (place.url, place.token or "", place.stream, place.prefix)
            with Child(python("soak_load", *words)) as load:
                load.wait_ready()
                maximum = _maximum(load, finding)
                say(f"at most {maximum:,.0f} messages/s")
                data = _half(load, host.process, place, maximum / 2, seconds, say)
            log = host.stop()
    return {"maximum": maximum, **data, "host": {what: counted(log, what) for what in COUNTS}}


def _maximum(load: Child, seconds: float) -> float:
    """Messages a second of which it is known what became of them, after the first five seconds."""
    lines = list(_lines(load, {"seconds": seconds, "window": WINDOW}))
    if lines[-1]["lost"]:
        raise MissingError(f"{lines[-1]['lost']:,} messages were lost while finding the maximum")
    if len(lines) < 3:
        raise MissingError("too short to find the maximum")
    first, last = lines[0], lines[-2]
    return float(last["finished"] - first["finished"]) / float(last["at"] - first["at"])


def _half(
    load: Child,
    process: int,
    place: Place,
    rate: float,
    seconds: float,
    say: Callable[[str], None],
) -> Data:
    samples: list[Line] = []
    for line in _lines(load, {"seconds": seconds, "rate": rate}):
        line |= {"resident": memory(process).resident, **asyncio.run(_backlog(place))}
        samples.append(line)
        minutes, megabytes = line["at"] / 60, line["resident"] / 1e6
        milliseconds = f"{line.get('p50', 0) * 1e3:.1f}, p99 {line.get('p99', 0) * 1e3:.1f} ms"
        say(f"{minutes:.1f} min: {line['finished']:,} done, {megabytes:.1f} MB, p50 {milliseconds}")
    return {"rate": rate, "samples": samples[:-1], "end": samples[-1]}


def _lines(load: Child, order: dict[str, float]) -> Iterator[Line]:
    load.ask(json.dumps(order))
    while True:
        line: Line = json.loads(load.answer())
        yield line
        if "end" in line:
            return


async def _backlog(place: Place) -> dict[str, int]:
    async with place.connected() as client:
        groups = [one for one in await place.consumers(client) if one.name.startswith(COMPONENT)]
    return {
        "waiting": sum(one.num_pending or 0 for one in groups),
        "unsettled": sum(one.num_ack_pending or 0 for one in groups),
    }
