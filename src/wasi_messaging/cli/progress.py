"""A progress bar on standard error, for long input and only on a terminal."""

from __future__ import annotations

import os
import stat
import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

SHOW_AFTER = 0.5
"""Seconds that a command may take before there is a bar."""
INTERVAL = 0.1


class Progress:
    """Shows how much of an input was read and how many messages are confirmed.

    Args:
        descriptor: the input; ``None``: no bar at all.
        quiet: no bar at all.
    """

    def __init__(self, descriptor: int | None, *, quiet: bool) -> None:
        self._descriptor = descriptor if descriptor is not None else -1
        self._wanted = descriptor is not None and not quiet and sys.stderr.isatty()
        self._bar: Bar | None = None
        self._task: Any = None
        self._next = time.monotonic() + SHOW_AFTER

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def advance(self, confirmed: int) -> None:
        """Say that so many messages are confirmed."""
        if not self._wanted:
            return
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + INTERVAL
        if self._bar is None:
            self._start()
        if self._bar is not None:
            self._bar.update(self._task, completed=self._read(), messages=f"{confirmed:,}")

    def stop(self) -> None:
        """Remove the bar."""
        self._wanted = False
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def _start(self) -> None:
        from rich import progress
        from rich.console import Console

        self._bar = progress.Progress(
            progress.SpinnerColumn(),
            progress.BarColumn(),
            progress.DownloadColumn(binary_units=True),
            progress.TextColumn("{task.fields[messages]} messages"),
            progress.TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._bar.add_task("publish", total=self._size(), messages="0")
        self._bar.start()

    def _size(self) -> int | None:
        """The bytes of the input; ``None`` for a pipe."""
        status = os.fstat(self._descriptor)
        return status.st_size if stat.S_ISREG(status.st_mode) else None

    def _read(self) -> int:
        """The bytes read so far; 0 for a pipe."""
        try:
            return os.lseek(self._descriptor, 0, os.SEEK_CUR)
        except OSError:
            return 0
