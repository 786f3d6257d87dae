"""Letters that ``--all`` leaves, as they are newer than the command."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from ...dead_letters import DeadLetter
from ...delivery.letters import timestamp


class Newer:
    """Knows which letters a command leaves, and how many those were.

    A replayed message may be given up again at once. If that letter were replayed too, there would
    be no end. A letter tells its time by the clock of its host: where that is ahead, it looks newer
    than it is, and is left too.

    Attributes:
        count: letters that were meant, and left.
        others: whether more may be waiting behind them, at which nobody looked.
    """

    def __init__(self) -> None:
        self.count = 0
        self.others = False
        self._begin = timestamp(time.time())
        self._latest = ""

    def leave(
        self, page: Sequence[DeadLetter], meant: Callable[[DeadLetter], bool]
    ) -> list[DeadLetter]:
        """The letters of a page that are not left, meant or not."""
        old = [letter for letter in page if letter.story.last_time <= self._begin]
        if len(old) < len(page):
            times = [
                letter.story.last_time
                for letter in page
                if letter.story.last_time > self._begin and meant(letter)
            ]
            self.count += len(times)
            self._latest = max((self._latest, *times))
        return old

    def words(self) -> str:
        """What was left, and what to do about it."""
        one = self.count == 1
        which = "letter is" if one else "letters are"
        head = f"{'at least ' if self.others else ''}{self.count:,} {which} newer than this command"
        clock = f"{'its' if one else 'their'} host's clock is ahead"
        behind = ", and others may be waiting behind them" if self.others else ""
        return (
            f"{head}, or {clock} (up to {self._latest}){behind}; run it again, or name "
            f"{'its ID' if one else 'their IDs'}"
        )
