"""What a part is given to measure with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from .places import MissingError

ROUNDS, QUICK_ROUNDS = 5, 3


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
