"""What the project promises of its speed, and whether one run kept it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Bound = Literal["at most", "at least"]
Word = Literal["reached", "not reached", "not measured"]

MARKS: dict[Word, str] = {
    "reached": "reached",
    "not reached": "**not reached**",
    "not measured": "not measured",
}
"""As the page shows them."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A promised figure and what it is in one run.

    Attributes:
        name: what is measured.
        bound: on which side of the target the value has to be.
        target: in the unit.
        unit: of target and value, as written after a number: ``"µs"``, ``"times"``, ``"%"``.
        value: what was measured; ``None``: it was not.
    """

    name: str
    bound: Bound
    target: float
    unit: str
    value: float | None

    @property
    def word(self) -> Word:
        """Whether the promise is kept."""
        if self.value is None:
            return "not measured"
        if self.bound == "at most":
            return "reached" if self.value <= self.target else "not reached"
        return "reached" if self.value >= self.target else "not reached"


def measured(value: Callable[[], float]) -> float | None:
    """A value taken from data, or ``None`` where what it needs is not in there.

    Args:
        value: raises ``LookupError`` for what was not measured.
    """
    try:
        return value()
    except LookupError:
        return None
