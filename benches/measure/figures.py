"""What the project promises of its speed, and whether one run kept it."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Self, TypeVar

from . import markdown

T = TypeVar("T")
Bound = Literal["at most", "at least"]
Word = Literal["reached", "not reached", "explained", "not measured"]

MARKS: dict[Word, str] = {
    "reached": "reached",
    "not reached": "**not reached**",
    "explained": "not reached, by a known cause",
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
        rounds: what it is the median of, where it is one.
        remark: what has to be known of the value, or why there is none.
        cause: why a value may miss the target, where the promise is to be told.
        failure: what went wrong, by which the promise is missed whatever the value is.
    """

    name: str
    bound: Bound
    target: float
    unit: str
    value: float | None
    rounds: Sequence[float] = ()
    remark: str = ""
    cause: str = ""
    failure: str = ""

    @classmethod
    def of_rounds(
        cls,
        name: str,
        bound: Bound,
        target: float,
        unit: str,
        rounds: Sequence[float] | None,
        remark: str = "",
        failure: str = "",
    ) -> Self:
        """The median of the rounds decides; ``None``, or none of them: it was not measured."""
        value = statistics.median(rounds) if rounds else None
        return cls(name, bound, target, unit, value, rounds or (), remark, failure=failure)

    @property
    def word(self) -> Word:
        """Whether the promise is kept."""
        if self.failure:
            return "not reached"
        if self.value is None:
            return "not measured"
        below = self.value <= self.target
        if below if self.bound == "at most" else self.value >= self.target:
            return "reached"
        return "explained" if self.cause else "not reached"

    @property
    def shown(self) -> str:
        """The value in its unit, with the range of the rounds, the remark, and what is wrong."""
        words = "" if self.value is None else f"{markdown.number(self.value)} {self.unit}"
        if len(self.rounds) > 1:
            words += f" ({' to '.join(markdown.number(end(self.rounds)) for end in (min, max))})"
        cause = self.cause if self.word == "explained" else ""
        return "; ".join(filter(None, (words, self.remark, self.failure, cause)))


def paired(compare: Callable[..., float], *figures: Sequence[float | None]) -> list[float]:
    """Figures compared round by round: all of a round found the machine alike.

    Args:
        compare: is given those of one round.
        figures: each one of every round; ``None``: there is none, and the round does not count.

    Raises:
        LookupError: they are not of the same rounds, or there is no round that has all of them.
    """
    if len({len(rounds) for rounds in figures}) > 1:
        raise LookupError("not of the same rounds")
    found = [compare(*those) for those in zip(*figures, strict=True) if None not in those]
    if not found:
        raise LookupError("no round with all of them")
    return found


def absence(there: int, rounds: int) -> str:
    """That a contestant has no figure of some rounds, in words; none if it has all."""
    return "" if there == rounds else f"was there in {there} of {rounds} rounds"


def measured(value: Callable[[], T]) -> T | None:
    """A value taken from data, or ``None`` where what it needs is not in there.

    Args:
        value: raises ``LookupError`` for what was not measured.
    """
    try:
        return value()
    except LookupError:
        return None
