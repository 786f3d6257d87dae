"""What a message costs one contestant, made up of what each station takes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from operator import mul
from typing import Any

from .cells import each_round
from .figures import paired
from .samples import Samples
from .stations import STATIONS

OTHER_THREADS = "other threads"
"""Of the process, as the engine's; they are not sampled."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Microseconds of processor time a message, and how far samples can be wrong about it."""

    value: float
    error: float = 0.0


@dataclass(frozen=True, slots=True)
class Profile:
    """One contestant under one load; made from the part's data.

    Attributes:
        cell: as :func:`measure.cells.add` makes it, with ``cpu_main``, seconds a message of the
            main thread; ``stations``: the samples of each, where it could be sampled.
    """

    cell: Mapping[str, Any]

    def median(self, name: str) -> float | None:
        """Of the rounds; microseconds, where it is a processor time."""
        values = self.cell.get(name)
        if not values:
            return None
        return Samples(values).median * (1 if name == "rate" else 1e6)

    @property
    def rate(self) -> float:
        """Messages a second."""
        return self.median("rate") or 0.0

    @property
    def total(self) -> float:
        """Microseconds of the process a message."""
        return self.median("cpu") or 0.0

    @property
    def busy(self) -> float:
        """Share of the time in which the process computes."""
        return Samples(paired(mul, self.cell["rate"], each_round(self.cell, "cpu"))).median

    @property
    def samples(self) -> int:
        """How many there are of the main thread."""
        return sum(self.cell.get("stations", {}).values())

    @property
    def costs(self) -> dict[str, Cost]:
        """What each station takes, in the order of a message's way; together ``total``."""
        count = self.samples
        if not (count and self.total):
            return {}
        main = min(self.median("cpu_main") or self.total, self.total)
        found = {}
        for station in STATIONS:
            share = self.cell["stations"].get(station, 0) / count
            if share:
                found[station] = Cost(main * share, main * sqrt(share * (1 - share) / count))
        if self.total > main:
            found[OTHER_THREADS] = Cost(self.total - main)
        return found
