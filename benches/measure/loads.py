"""What handlers are asked to do, and how much of it: the workloads."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import Self

ECHO, HEADERS, TRANSFORM, FAN_OUT, REPLY = HANDLERS = (
    "echo",
    "echo with headers",
    "transform",
    "fan-out",
    "reply",
)
"""Names of handlers. Each has a guest and the same in each language:

* ``echo``: sends a plain copy of each message.
* ``echo with headers``: sends a copy with a content type and a pair of metadata.
* ``transform``: parses JSON, sums up a list, sets, changes and removes fields, writes JSON.
* ``fan-out``: sends ten copies of each message.
* ``reply``: answers a request with its body.
"""
COPIES = {ECHO: 1, HEADERS: 1, TRANSFORM: 1, FAN_OUT: 10, REPLY: 1}
"""How much comes back for a message."""

LABEL = b"#" + b"0" * 16
"""Stands in a body's template where the generator numbers the messages."""

KIB, MIB = 2**10, 2**20


@dataclass(frozen=True, slots=True)
class Load:
    """How handlers are loaded in one turn.

    Attributes:
        handler: what is asked for.
        size: of a body, in bytes.
        in_flight: messages outstanding, in a closed loop.
        seconds: for which messages are sent.
        rate: messages a second, in an open loop; ``None``: the loop is closed.
    """

    handler: str
    size: int
    in_flight: int
    seconds: float = 0.7
    rate: float | None = None

    @property
    def template(self) -> bytes:
        """The body, with the label in it."""
        if self.handler == TRANSFORM:
            return event(self.size)
        return LABEL + b"x" * (self.size - len(LABEL))

    @property
    def copies(self) -> int:
        """How much comes back for a message."""
        return COPIES[self.handler]

    @property
    def group(self) -> tuple[str, int]:
        """Loads of one group are given to the same process; large bodies leave too much behind."""
        return self.handler, self.size if self.size > KIB else 0

    def lasting(self, seconds: float) -> Load:
        """The same for another time."""
        return replace(self, seconds=seconds)

    def as_json(self) -> str:
        """For programs."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """What :meth:`as_json` gave."""
        return cls(**json.loads(text))


LOADS = {
    "echo 256 B": Load(ECHO, 256, 256),
    "echo 256 B, headers": Load(HEADERS, 256, 256),
    "echo 256 B, 1 in flight": Load(ECHO, 256, 1, seconds=0.5),
    "JSON transform 1 KiB": Load(TRANSFORM, KIB, 256),
    "fan-out 1 → 10, 256 B": Load(FAN_OUT, 256, 64, seconds=0.6),
    "echo 64 KiB": Load(ECHO, 64 * KIB, 64, seconds=0.5),
    "echo 1 MiB": Load(ECHO, MIB, 4, seconds=0.5),
    "request and reply, 256 B": Load(REPLY, 256, 256, seconds=0.6),
}
"""The workloads, 256 in flight where nothing else is said; fewer where there is more of each."""


def event(size: int) -> bytes:
    """A JSON event of so many bytes."""
    content = {
        "id": LABEL.decode(),
        "device": "press-17",
        "sequence": 41,
        "readings": [
            {"name": f"sensor-{number}", "value": number * 37 % 101, "unit": "kPa"}
            for number in range(16)
        ],
        "position": {"hall": 3, "row": 12, "labels": ["north", "upper"]},
        "debug": "",
    }
    content["debug"] = "x" * (size - len(_write(content)))
    return _write(content)


def _write(content: dict[str, object]) -> bytes:
    return json.dumps(content, separators=(",", ":")).encode()
