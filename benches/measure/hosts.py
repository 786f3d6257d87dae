"""``wasi-messaging run`` as its users start it: a process, a configuration, a log."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from .places import MissingError, last_line

PROGRAM = Path(sys.executable).with_name("wasi-messaging")
READY = "; Ctrl-C stops"
"""In the line that a host, or each worker, logs when everything is attached."""
PATIENCE = 60.0
"""Seconds for a start, compiling included, and for a stop."""
LOOKING = 0.01


class RunningHost:
    """A host that runs from its making until the block ends.

    Args:
        folder: takes configuration and log; a private server's messages are in it too.
        configuration: the text of its ``messaging.toml``.
        options: further words of the command line.
        environment: of the process; that of this one unless given.
    """

    def __init__(
        self,
        folder: Path,
        configuration: str,
        *options: str,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        (folder / "messaging.toml").write_text(configuration)
        self._log = folder / "host.log"
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                [PROGRAM, "run", *options],
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    @property
    def process(self) -> int:
        """Its number; with workers that of their supervisor."""
        return self._process.pid

    @property
    def log(self) -> str:
        """What it has logged so far."""
        return self._log.read_text(errors="replace")

    @property
    def workers(self) -> list[int]:
        """The processes of its workers, in the order in which they were started."""
        return [int(number) for number in re.findall(r"worker \d+: process (\d+)", self.log)]

    def attached(self) -> int:
        """How many processes have said so far that they are attached."""
        return self.log.count(READY)

    def wait_attached(self, count: int = 1) -> None:
        """Return when so many processes have attached.

        Raises:
            MissingError: they do not; says with which words.
        """
        until = time.monotonic() + PATIENCE
        while self.attached() < count:
            if self._process.poll() is not None or time.monotonic() > until:
                raise MissingError(f"the host does not start: {last_line(self.log)}")
            time.sleep(LOOKING)

    def stop(self) -> str:
        """End it as a user does; what it has logged.

        Raises:
            MissingError: it does not end well.
        """
        self._process.send_signal(signal.SIGTERM)
        try:
            status = self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired as error:
            raise MissingError(f"the host does not stop within {PATIENCE:g} s") from error
        if status != 0:
            raise MissingError(f"the host ended with {status}: {last_line(self.log)}")
        return self.log


def counted(log: str, what: str, component: str = "bench") -> int:
    """What a host, or its workers together, said at the end of a component's messages.

    Args:
        log: of the host.
        what: ``"handled"``, ``"retried"``, … as in ``wasi_messaging.component.Counters``.
        component: its name.
    """
    lines = re.findall(rf"component {component}: (.*)", log)
    counts = [re.search(rf"([\d,]+) {what}\b", line) for line in lines]
    return sum(int(count.group(1).replace(",", "")) for count in counts if count)
