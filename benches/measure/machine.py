"""The machine and the versions a figure belongs to, and how much others used it meanwhile."""

from __future__ import annotations

import os
import platform
import re
import resource
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from wasi_messaging import _engine
from wasi_messaging.brokers.nats_server import find_server
from wasi_messaging.errors import BrokerError

from .places import JCO, NATS_CLIENT, PROJECT, MissingError, node, run
from .processes import PAGE, TICKS

QUIET = 0.05
"""Share of the machine others may use without being mentioned."""
PACKAGES = {
    "nats-py": "nats-py",
    "faststream": "FastStream",
    "uvloop": "uvloop",
    "wasmtime": "wasmtime for Python",
}
"""What takes part where it is installed → what it is called."""
USER, NICE, SYSTEM, STEAL = 0, 1, 2, 7
"""Fields of a processor's line in ``/proc/stat`` that are somebody's work."""


@dataclass(frozen=True, slots=True)
class Machine:
    """Where it was measured.

    Attributes:
        processor: as the system names it.
        cores: how many there are.
        memory: bytes of it.
        system: kernel and its release.
        versions: of what took part.
        commit: of this project, with a word if files differ from it; empty where it is no checkout.
        others: share of the machine that others used meanwhile.
    """

    processor: str
    cores: int
    memory: int
    system: str
    versions: dict[str, str]
    commit: str
    others: float

    @property
    def quiet(self) -> bool:
        """Whether the run had the machine to itself."""
        return self.others <= QUIET


class Watch:
    """Looks from its making on at what others use of the machine.

    That is the work of all processors, less what this process did, and its descendants that have
    ended and were waited for. Interrupts count for nobody: traffic on the loopback causes many.
    """

    def __init__(self) -> None:
        self._start = time.monotonic()
        self._others = _machine_seconds() - _own_seconds()

    def look(self) -> Machine:
        """This machine, and what others used of it since."""
        capacity = (time.monotonic() - self._start) * (os.cpu_count() or 1)
        others = _machine_seconds() - _own_seconds() - self._others
        return Machine(
            processor=_processor(),
            cores=os.cpu_count() or 1,
            memory=os.sysconf("SC_PHYS_PAGES") * PAGE,
            system=f"{platform.system()} {platform.release()}",
            versions=_versions(),
            commit=_commit(),
            others=round(max(0.0, others / capacity), 3),
        )


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _versions() -> dict[str, str]:
    found = {
        "Python": platform.python_version(),
        "wasi-messaging": version("wasi-messaging"),
        "wasmtime": _engine.version,
    }
    for package, name in PACKAGES.items():
        with suppress(PackageNotFoundError):
            found[name] = version(package)
    with suppress(MissingError, BrokerError):
        found["nats-server"] = _number(run(find_server(), "--version"))
    with suppress(MissingError):
        found["Node.js"] = _number(run(node(), "--version"))
        # Installed as they are pinned.
        found["jco"], found["nats.js"] = (name.rpartition("@")[2] for name in (JCO, NATS_CLIENT[0]))
    with suppress(MissingError, OSError):
        found["rustc"] = _number(run("rustc", "--version"))
    return found


def _number(words: str) -> str:
    """The first number of a version in what a program says of itself."""
    number = re.search(r"\d+(?:\.\d+)+", words)
    return number.group() if number else words.strip()


def _commit() -> str:
    command = ["git", "-C", str(PROJECT), "describe", "--always", "--dirty", "--exclude=*"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def _machine_seconds() -> float:
    first = Path("/proc/stat").read_text().partition("\n")[0]
    ticks = [int(word) for word in first.split()[1:]]
    return sum(ticks[field] for field in (USER, NICE, SYSTEM, STEAL)) / TICKS


def _own_seconds() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in used)
