"""The messages of a campaign: what each has the guest do is decided by seed and number alone."""

from __future__ import annotations

import random
from dataclasses import dataclass

WORK, DOOMED = "in.work", "in.doomed"
"""Topics: of messages that succeed in the end, and of those that never do."""
OUT, DEAD = "out", "dead"
DOOMED_ATTEMPTS = 4
WORK_ATTEMPTS = 20
"""More than a message needs, because deliveries that a kill cut short count as attempts too."""

SHARES = {"s": 78, "w": 6, "l": 6, "c": 4, "f": 3, "t": 3}
"""Of a hundred messages: sent on, sent on after a wait, failing at first, trapping at first (c),
failing always, trapping always. The letters are those of ``guest.c``."""
NEVER = frozenset("ft")


@dataclass(frozen=True, slots=True)
class Task:
    """One message.

    Attributes:
        number: its number.
        kind: the letter in ``guest.c``.
        argument: milliseconds, or attempts that fail.
        copies: messages that the guest sends for it.
    """

    number: int
    kind: str
    argument: int
    copies: int

    @property
    def fails(self) -> bool:
        """Whether an attempt fails, without anybody's doing."""
        return self.kind not in "sw"

    @property
    def doomed(self) -> bool:
        """Whether no attempt succeeds."""
        return self.kind in NEVER

    @property
    def topic(self) -> str:
        """Where it is published."""
        return DOOMED if self.doomed else WORK

    @property
    def body(self) -> bytes:
        """What the guest reads."""
        return f"{self.number} {self.kind} {self.argument} {self.copies}".encode()


@dataclass(frozen=True, slots=True)
class Work:
    """All messages there could be.

    Attributes:
        seed: same seed, same messages.
        copies: messages that a guest sends for each.
        plain: nothing fails by itself and nothing waits.
        longest: milliseconds of the few that take long; longer than a lease, so that it is renewed.
    """

    seed: int
    copies: int
    plain: bool = False
    longest: int = 2500

    def task(self, number: int) -> Task:
        """The message of a number."""
        if self.plain:
            return Task(number, "s", 0, self.copies)
        dice = random.Random(f"{self.seed} {number}")
        kind = dice.choices(list(SHARES), list(SHARES.values()))[0]
        argument = 0
        if kind == "w":
            argument = self.longest if dice.random() < 0.05 else dice.randint(1, 80)
        elif kind in "lc":
            argument = dice.randint(1, 2)
        return Task(number, kind, argument, self.copies)
