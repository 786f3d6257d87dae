"""Standard error as the log writes to it: nobody who does not read it can hold up the host.

The log is written on the event loop. Where a pipe is full because nobody reads it, an ordinary
write would stop every message, and the signals that are to end the host.
"""

from __future__ import annotations

import os
import select
import time

PATIENCE = 1.0
"""Seconds that a line waits until there is room for it; those after it do not wait at all, until
there is room again."""


class StandardError:
    """Takes whole lines.

    Args:
        descriptor: where they go to.

    Attributes:
        left_out: lines that were not written since the last one that was, or not to their end.
    """

    def __init__(self, descriptor: int) -> None:
        self.left_out = 0
        self._descriptor = descriptor
        self._room = select.poll()
        self._room.register(descriptor, select.POLLOUT)
        self._torn = False

    @property
    def has_room(self) -> bool:
        """Whether a line would get on now."""
        return bool(self._room.poll(0))

    def write(self, line: str) -> int:
        """Write it, or count it as left out.

        Raises:
            OSError: it cannot be written, for another reason than a lack of room.
        """
        data = memoryview(line.encode("utf-8", "backslashreplace"))
        until = time.monotonic() + (0.0 if self.left_out else PATIENCE)
        if self._torn and self._wait(until):
            self._torn = not os.write(self._descriptor, b"\n")
        written = 0
        while written < len(data) and self._wait(until):
            # A pipe that has room takes so much at once, without waiting for more.
            written += os.write(self._descriptor, data[written : written + select.PIPE_BUF])
        if written < len(data):
            self.left_out += 1
            self._torn = self._torn or written > 0
        return written

    def flush(self) -> None:
        """Nothing is kept."""

    def _wait(self, until: float) -> bool:
        """Whether there is room, until then."""
        return bool(self._room.poll(max(0.0, until - time.monotonic()) * 1e3))
