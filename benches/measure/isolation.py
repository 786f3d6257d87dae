"""A fast component beside a slow one in the same host: what the slow one takes from it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from .child import python
from .places import guest, run
from .results import Results
from .samples import Samples

ALONE = "alone"
BESIDE: dict[str, tuple[str, int, str] | None] = {
    ALONE: None,
    "beside one that waits a second a message, 16 instances": ("sleep/c", 16, "1000"),
    "beside one that spins to its deadline, 1 instance": ("spin/c", 1, ""),
    "beside one that spins to its deadline, 16 instances": ("spin/c", 16, ""),
}
"""Where the fast component is → guest, instances and body of the slow one."""


@dataclass(slots=True)
class Place:
    """The fast component in one place.

    Attributes:
        rate: messages a second, with many outstanding.
        cpu: seconds of processor time a message, of the host's main thread.
        median: seconds there and back, one message at a time.
        p99: the same for the slowest of a hundred.
    """

    rate: Samples = field(default_factory=Samples)
    cpu: Samples = field(default_factory=Samples)
    median: Samples = field(default_factory=Samples)
    p99: Samples = field(default_factory=Samples)

    def as_json(self) -> dict[str, Any]:
        """For programs; times in seconds."""
        return {
            "messages_per_second": self.rate.as_json(),
            "cpu_seconds_per_message": self.cpu.as_json(),
            "median": self.median.as_json(),
            "p99": self.p99.as_json(),
        }


def measure(results: Results, *, rounds: int, seconds: float) -> dict[str, Place]:
    """Let the places take turns, each in a new process: a spinning guest must not meet the next."""
    places: dict[str, Place] = {}
    for turn in range(rounds):
        results.say(f"isolation: round {turn + 1} of {rounds}")
        for name in BESIDE:
            results.attempt(name, partial(_turn, places, name, seconds))
    return places


def _turn(places: dict[str, Place], name: str, seconds: float) -> None:
    beside = BESIDE[name]
    arguments: list[str | Path] = []
    if beside is not None:
        component, instances, body = beside
        arguments = [guest(component), str(instances), body]
    answer = json.loads(run(*python("isolation_host", guest("bench/c"), str(seconds), *arguments)))
    place = places.setdefault(name, Place())
    place.rate.add(answer["rate"])
    place.cpu.add(answer["cpu"])
    place.median.add(answer["median"])
    place.p99.add(answer["p99"])
