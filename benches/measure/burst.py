"""A host that finds a backlog: how much memory it takes, and whether the bound holds."""

from __future__ import annotations

import sys
import tempfile
import time
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from . import backlog
from .child import Child
from .places import guest
from .results import Results
from .server import STREAM, nats_server

MIB = 2**20
ALLOWANCE = 40 * MIB
"""What a host may take besides its bound: instances, buffers, what freed memory leaves behind."""
REST_SECONDS = 1.0

CONFIGURATION = """
max_bytes_in_flight = "{bound}MiB"

[clients.default]
url = "nats://127.0.0.1:{port}"

[clients.store]
url = "nats://127.0.0.1:{port}"
stream = {{ name = "{stream}" }}

[components.bench]
path = "{component}"
instances = 64
subscriptions = [
    {{ client = "store", topic = "in", max_in_flight = {in_flight}, start = "all" }},
]
permissions.default.send = ["out"]
"""


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits, and what the host may hold of it.

    Attributes:
        messages: how many.
        size: of each.
        guest: who handles them.
        in_flight: ``max_in_flight``.
        bound: ``max_bytes_in_flight`` in MiB.
        judged: the bound is what is measured; otherwise it is off, to compare.
    """

    messages: int
    size: int
    guest: str
    in_flight: int
    bound: int
    judged: bool = True

    @property
    def body(self) -> bytes:
        """Of each message; to the slow guest it is a number, of milliseconds to wait."""
        return SLOW_MILLISECONDS.rjust(self.size, b"0")


ECHO, SLOW = "bench/c", "sleep/c"
SLOW_MILLISECONDS = b"30"
BACKLOGS = (
    Backlog(1_000_000, 256, ECHO, 1_000, 64),
    Backlog(20_000, 64 * 1024, ECHO, 1_000, 64),
    Backlog(20_000, 64 * 1024, SLOW, 4_000, 64),
    Backlog(20_000, 64 * 1024, SLOW, 4_000, 1024, judged=False),
)
"""Only the slow guest lets so much gather that the bound is what holds it: whatever was fetched for
the fast one is handled before more has come."""


@dataclass(frozen=True, slots=True)
class Burst:
    """How one went.

    Attributes:
        waiting: the backlog.
        rest: bytes of the attached host before there was a message.
        drain: the rest of it.
    """

    waiting: Backlog
    rest: int
    drain: backlog.Drain

    @property
    def peak(self) -> int:
        """Bytes at most."""
        return max(self.drain.memory)

    @property
    def allowed(self) -> int:
        """Bytes the host may have."""
        return self.rest + self.waiting.bound * MIB + ALLOWANCE

    @property
    def rate(self) -> float:
        """Messages a second."""
        return self.waiting.messages / self.drain.seconds

    @property
    def words(self) -> str:
        """Whether the bound held."""
        if not self.waiting.judged:
            return "to compare"
        return "reached" if self.peak <= self.allowed else "not reached"

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "messages": self.waiting.messages,
            "size": self.waiting.size,
            "guest": self.waiting.guest,
            "max_in_flight": self.waiting.in_flight,
            "max_bytes_in_flight": self.waiting.bound * MIB,
            "rest": self.rest,
            "peak": self.peak,
            "allowed": self.allowed,
            "seconds": self.drain.seconds,
            "repeated": self.drain.repeated,
            "memory": self.drain.memory,
            "verdict": self.words,
        }


def measure(results: Results, *, share: float) -> list[Burst]:
    """Drain each backlog once.

    Args:
        results: hears of progress, and of what cannot be measured.
        share: of the usual number of messages.
    """
    bursts: list[Burst] = []
    for full in BACKLOGS:
        waiting = replace(full, messages=int(full.messages * share))
        name = (
            f"backlog of {waiting.messages:,} of {waiting.size:,} B for {waiting.guest}, "
            f"at most {waiting.bound} MiB"
        )
        results.say(name)
        results.attempt(name, partial(_take, bursts, waiting))
    return bursts


def _take(bursts: list[Burst], waiting: Backlog) -> None:
    bursts.append(run(waiting))


def run(waiting: Backlog) -> Burst:
    """Drain one backlog."""
    with (
        nats_server(backlog.SUBJECT) as port,
        tempfile.TemporaryDirectory(prefix="wasi-messaging-bench-") as folder,
    ):
        file = Path(folder, "messaging.toml")
        file.write_text(
            CONFIGURATION.format(
                bound=waiting.bound,
                port=port,
                stream=STREAM,
                component=guest(waiting.guest),
                in_flight=waiting.in_flight,
            )
        )
        program = str(Path(sys.executable).with_name("wasi-messaging"))
        command = [program, "run", str(file), "--log-level", "warning"]
        with Child(command) as host:  # only to see it at rest: its group stays
            backlog.wait_attached(port)
            time.sleep(REST_SECONDS)
            rest = backlog.resident(host.process)
        backlog.fill(port, waiting.messages, waiting.body)
        with Child(command) as host:
            drained = backlog.drain(port, host.process, waiting.messages)
    return Burst(waiting, rest, drained)
