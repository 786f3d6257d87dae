"""What a process has in memory, now and at most."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from pathlib import Path

from .processes import resident_bytes
from .watching import Watch

KIB = 1024


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


class MemoryWatch(Watch):
    """Looks at a process's memory ten times a second while its block runs.

    Attributes:
        samples: resident bytes, in order.
    """

    def __init__(self, process: int) -> None:
        super().__init__()
        self.samples: list[int] = []
        self._process = process

    def look(self) -> bool:
        """Once; not again when the process has ended."""
        try:
            self.samples.append(resident_bytes(self._process))
        except OSError:
            return False
        return True
