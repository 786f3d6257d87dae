"""Looking at something again and again while a block runs."""

from __future__ import annotations

import abc
import threading
from types import TracebackType
from typing import Self

EVERY = 0.1
"""Seconds between two looks."""


class Watch(abc.ABC):
    """Looks ten times a second, from a thread, while its block runs."""

    def __init__(self) -> None:
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look_on, daemon=True)

    @abc.abstractmethod
    def look(self) -> bool:
        """Once; whether there is more to see."""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()

    def _look_on(self) -> None:
        while not self._over.wait(EVERY) and self.look():
            pass
