"""The rates that are promised of our host, and beside whom."""

from __future__ import annotations

from dataclasses import dataclass

from .ours import C_FRESH, PYTHON, QUICKJS, C

CORE, JETSTREAM, MEMORY = "core NATS", "JetStream", "memory"
"""Brokers."""
ECHO, HEADERS, TRANSFORM = "echo 256 B", "echo 256 B, headers", "JSON transform 1 KiB"
"""Workloads."""
BY_HAND, FRAMEWORK = "asyncio", "FastStream"
"""Peers: what the names of the contestants that are one begin with."""


@dataclass(frozen=True, slots=True)
class Promise:
    """A rate that is promised against somebody else's; decided in the part ``throughput``.

    Attributes:
        broker: on which.
        load: under which.
        ours: the contestant it is promised of.
        peers: who it is compared with: the best contestant of theirs that loses nothing.
        target: our rate over theirs, at least.
    """

    broker: str
    load: str
    ours: str
    peers: str
    target: float


PROMISES = (
    Promise(JETSTREAM, ECHO, C, BY_HAND, 0.85),
    Promise(CORE, ECHO, C, BY_HAND, 0.5),
    Promise(CORE, ECHO, C_FRESH, BY_HAND, 0.18),
    Promise(CORE, ECHO, QUICKJS, BY_HAND, 0.2),
    Promise(CORE, ECHO, PYTHON, BY_HAND, 0.13),
    *(Promise(CORE, load, C, FRAMEWORK, 6) for load in (ECHO, HEADERS)),
    *(Promise(CORE, load, PYTHON, FRAMEWORK, 1.8) for load in (ECHO, HEADERS)),
    *(Promise(JETSTREAM, load, C, FRAMEWORK, 2.5) for load in (ECHO, HEADERS)),
    Promise(CORE, TRANSFORM, PYTHON, FRAMEWORK, 1),
    Promise(JETSTREAM, TRANSFORM, PYTHON, FRAMEWORK, 1),
)
"""FastStream adds headers to a plain echo; where everybody has some it is compared as well."""
MEMORY_RATE = 110_000
"""Messages a second of the C guest that echoes on the memory broker, at least."""
OUTSIDE_OF_ENGINE = 5
"""Microseconds of processor time that our host takes there besides its engine, at most."""
