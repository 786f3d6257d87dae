"""The ``wasi-messaging`` command line in processes of its own, none of which is left behind."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PROGRAM = Path(sys.executable).with_name("wasi-messaging")
PATIENCE = 30.0
"""Seconds that any step may take, but for those that compile."""
COMPILING = 300.0

Record = dict[str, Any]


class StepError(Exception):
    """A step of the demo did not do what it should; the text says which and what came instead."""


class CommandLine:
    """Runs commands in one folder and knows their processes.

    Args:
        folder: where they run; it holds ``messaging.toml``, and the broker's data will be in it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._processes: list[subprocess.Popen[str]] = []

    def call(self, *arguments: str, patience: float = PATIENCE) -> list[Record]:
        """Run a command to its end and return what it printed, as JSON lines."""
        return list(self.records(self.start(*arguments), arguments[0], patience))

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command; what it says on standard error goes to ``COMMAND.log``."""
        with self._log(arguments[0]).open("a") as log:
            process = subprocess.Popen(
                [PROGRAM, *arguments],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self._processes.append(process)
        return process

    def records(
        self, process: subprocess.Popen[str], command: str, patience: float = PATIENCE
    ) -> Iterator[Record]:
        """The JSON lines that a command prints, until it ends."""
        timer = threading.Timer(patience, process.kill)
        timer.start()
        try:
            for line in process.stdout or ():
                yield json.loads(line)
        finally:
            timer.cancel()
            timer.join()
        if process.wait() == -signal.SIGKILL:
            words = f"`wasi-messaging {command}` was still waiting after {patience:g} s"
            raise StepError(f"{words}; the logs are in {self.folder}")
        self.require_end(process, command)

    def wait_for(self, process: subprocess.Popen[str], command: str, words: str) -> None:
        """Return when the log of a command that runs has these words."""
        ends = time.monotonic() + PATIENCE
        while words not in (said := self._log(command).read_text()):
            if process.poll() is not None or time.monotonic() > ends:
                raise StepError(f"`wasi-messaging {command}` did not come up:\n{said}")
            time.sleep(0.02)

    def stop(self, process: subprocess.Popen[str], command: str) -> None:
        """Ask a command to stop; it must do so by itself, and well."""
        process.send_signal(signal.SIGTERM)
        self.require_end(process, command)

    def require_end(self, process: subprocess.Popen[str], command: str) -> None:
        """Wait for the end of a command, which must be a good one."""
        try:
            status = process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            raise StepError(f"`wasi-messaging {command}` did not end") from None
        if status != 0:
            said = self._log(command).read_text().strip()
            raise StepError(f"`wasi-messaging {command}` ended with status {status}:\n{said}")

    def close(self) -> list[str]:
        """End what still runs; return the processes, the broker's too, that are still there."""
        for process in self._processes:
            if process.poll() is None:
                process.terminate()
        for process in self._processes:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(5)
            if process.stdout is not None:
                process.stdout.close()
        ends = time.monotonic() + 5
        while (left := self._left()) and time.monotonic() < ends:
            time.sleep(0.05)
        return left

    def _left(self) -> list[str]:
        """Processes that still run: those started here, and the broker's of the folder."""
        own = [
            f"{process.pid} {process.args!r}"
            for process in self._processes
            if process.poll() is None
        ]
        broker = [line for line in _command_lines() if _is_broker(line, self.folder)]
        return own + broker

    def _log(self, command: str) -> Path:
        return self.folder / f"{command}.log"


def _is_broker(command_line: str, folder: Path) -> bool:
    """Whether it is the server of the folder, or what keeps that running."""
    return f"{folder}/.wasi-messaging" in command_line and (
        "nats-server" in command_line or "supervisor" in command_line
    )


def _command_lines() -> Iterator[str]:
    """Process id and command line of every process but this one; none of one that has ended."""
    if not Path("/proc/self").exists():
        listing = subprocess.run(
            ["ps", "-axo", "pid=,args="], capture_output=True, text=True, check=True
        )
        yield from listing.stdout.splitlines()
        return
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (folder / "cmdline").read_bytes().split(b"\0")
            yield f"{folder.name} " + b" ".join(words).decode(errors="replace")
