"""A running count on standard error, for what takes long and only on a terminal."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Self

from ..progress import INTERVAL, SHOW_AFTER

if TYPE_CHECKING:
    from rich.status import Status


class Counter:
    """Shows how many letters are done. How many there are nobody knows before the end.

    Args:
        verb: what is done with them.
    """

    def __init__(self, verb: str) -> None:
        self._verb = verb
        self._wanted = sys.stderr.isatty()
        self._status: Status | None = None
        self._next = time.monotonic() + SHOW_AFTER

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._status is not None:
            self._status.stop()

    def show(self, done: int) -> None:
        """Say that so many are done."""
        now = time.monotonic()
        if not self._wanted or now < self._next:
            return
        self._next = now + INTERVAL
        if self._status is None:
            self._status = self._start()
        self._status.update(f"{done:,} {self._verb}")

    def _start(self) -> Status:
        from rich.console import Console
        from rich.status import Status

        status = Status("", console=Console(stderr=True))
        status.start()
        return status
