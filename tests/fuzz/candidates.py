"""Random programs as candidates: with settings and messages."""

from __future__ import annotations

import random

from wasi_messaging import Message, _engine

from . import component, messages
from .candidate import Candidate
from .messages import Range
from .tally import Tally

TAME = Range(odd=0.05, large=0.0)
TOGETHER = 64
"""Programs in one host. Of eight hosts one is stopped while they run."""
LITTLE_FUEL = 100
"""Too little even to start, for most."""


def program(seed: int, number: int) -> tuple[Candidate, str]:
    """A random program, and its text."""
    chance = random.Random(f"program {seed} {number}")
    written = component.write(chance)
    candidate = Candidate(Tally(number), _engine.parse_text(written.text))
    candidate.settings = settings(chance)
    candidate.asked = not written.wild
    candidate.alone = written.risky or candidate.settings.get("fuel") == LITTLE_FUEL
    if chance.random() < 0.15:
        candidate.cancelled_after = chance.choice((0.0005, 0.001, 0.01, 0.03))
    if number // TOGETHER % 8 == 7:
        candidate.stopped_after = (number // TOGETHER % 10) * 0.01
    give_messages(candidate, chance)
    return candidate, written.text


def settings(chance: random.Random) -> dict[str, object]:
    """Of a component; its limits are near."""
    chosen: dict[str, object] = {
        "instances": chance.choice((1, 2, 2, 3)),
        "isolation": chance.choice(("instance", "instance", "message")),
        "memory": chance.choice(("192KiB", "1MiB", "1MiB", "8MiB")),
        "max_handles": chance.choice((8, 64, 1000)),
        "max_table_elements": chance.choice((4, 200, 100_000)),
        "max_sends_per_handling": chance.choice((1, 5, 10)),
        "max_message_size": chance.choice(("1KiB", *["128KiB"] * 6)),
        "max_metadata_pairs": chance.choice((5, 100, 100, 100, 100)),
        "max_metadata_size": chance.choice(("100B", "16KiB", "16KiB", "16KiB")),
        "sends": chance.choice(("immediate", "on-success")),
        "log_lines_per_second": 10,
    }
    if chance.random() < 0.2:
        chosen["fuel"] = chance.choice((LITTLE_FUEL, 10_000, 1_000_000))
    if chance.random() < 0.3:
        chosen["max_messages_per_instance"] = chance.choice((1, 2, 5))
    return chosen


def give_messages(candidate: Candidate, chance: random.Random) -> None:
    """Some from the program, some from the broker."""
    for _ in range(chance.choice((1, 2, 2, 4))):
        topic = chance.choice(("in", "x", "ask.me", None))
        candidate.direct.append(_deliverable(chance, topic))
    for _ in range(chance.choice((0, 0, 1, 2))):
        candidate.published.append(_deliverable(chance, None))


def _deliverable(chance: random.Random, topic: str | None) -> Message:
    """A message that every broker in this process takes."""
    while True:
        message = messages.message(chance, topic, TAME)
        if message.flaw is None:
            return message
