"""What a process has in memory, now and at most."""

from __future__ import annotations

import re
import threading
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from .processes import resident_bytes

KIB = 1024
EVERY = 0.1
"""Seconds between two looks of a watch."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes of a process that are in memory.

    Attributes:
        resident: a page counts once for each place it is mapped at, so what instances share of a
            component's initial memory counts for each of them.
        proportional: a page that is mapped in N places, of this process or others, counts 1/N at
            each: what the process takes of the machine.
        private: pages that nobody else has.
    """

    resident: int
    proportional: int
    private: int

    def as_json(self) -> dict[str, int]:
        """For programs."""
        return asdict(self)


def memory(process: int) -> Memory:
    """What a process has now.

    Raises:
        OSError: there is no such process.
    """
    text = Path(f"/proc/{process}/smaps_rollup").read_text()
    found = {name: int(count) * KIB for name, count in re.findall(r"(\w+): +(\d+) kB", text)}
    private = found["Private_Clean"] + found["Private_Dirty"]
    return Memory(found["Rss"], found["Pss"], private)


class Watch:
    """Looks at a process's memory ten times a second while its block runs.

    Attributes:
        samples: resident bytes, in order.
    """

    def __init__(self, process: int) -> None:
        self.samples: list[int] = []
        self._process = process
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look_on, daemon=True)

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
        while not self._over.wait(EVERY):
            try:
                self.samples.append(resident_bytes(self._process))
            except OSError:
                return  # it has ended, and with it what there is to see
