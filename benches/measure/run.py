"""What a part is given to measure with."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from .places import MissingError

ROUNDS, QUICK_ROUNDS = 5, 3
T = TypeVar("T")


def in_turn(contestants: Iterable[T], turn: int, rounds: int) -> list[T]:
    """Contestants in the order of a round: each round begins with another one, otherwise the order
    is the same.

    Where there are more of them than rounds, the beginnings are spread over all.
    """
    order = list(contestants)
    begin = turn * max(1, len(order) // rounds) % len(order) if order else 0
    return order[begin:] + order[:begin]


@dataclass(slots=True)
class Run:
    """One run of one part.

    Attributes:
        say: takes a line about progress.
        quick: a rough idea is enough.
        seconds: how long the soak runs, if it was asked for.
        missing: what could not be measured → why.
    """

    say: Callable[[str], None]
    quick: bool = False
    seconds: float | None = None
    missing: dict[str, str] = field(default_factory=dict)

    @property
    def rounds(self) -> int:
        """How many turns each contestant has."""
        return QUICK_ROUNDS if self.quick else ROUNDS

    def attempt(self, name: str, act: Callable[[], object]) -> None:
        """Do something of what is measured; if it cannot be done, note why and never try again.

        Args:
            name: of what cannot be measured without it.
            act: raises ``MissingError`` if it cannot be done.
        """
        if name in self.missing:
            return
        try:
            act()
        except MissingError as error:
            self.say(f"{name}: {error}")
            self.missing[name] = str(error)
