"""Figures of several rounds: the median, and how far they spread."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field


@dataclass(slots=True)
class Samples:
    """One figure, measured once a round."""

    values: list[float] = field(default_factory=list)

    def add(self, value: float) -> None:
        """Take the figure of one round."""
        self.values.append(value)

    @property
    def median(self) -> float:
        """The figure to quote."""
        return statistics.median(self.values)

    @property
    def low(self) -> float:
        """The smallest."""
        return min(self.values)

    @property
    def high(self) -> float:
        """The largest."""
        return max(self.values)

    def as_json(self) -> dict[str, object]:
        """For programs."""
        return {"median": self.median, "values": self.values}
