"""What other processes take."""

from __future__ import annotations

import os
import resource
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


def processor_seconds(process: int) -> float:
    """Processor time a process has taken so far, to a hundredth of a second."""
    return _seconds(Path(f"/proc/{process}/stat"))


def main_thread_seconds(process: int) -> float:
    """The same of its main thread alone."""
    return _seconds(Path(f"/proc/{process}/task/{process}/stat"))


def _seconds(file: Path) -> float:
    fields = file.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def resident_bytes(process: int) -> int:
    """Resident memory of a process, what it shares with others included."""
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * PAGE


def children_seconds() -> float:
    """Processor time of the children of this process that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
