"""The command in real processes, each test in a folder of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

COMMAND = Path(sys.executable).with_name("wasi-messaging")
SECONDS = 40


class Shell:
    """Runs ``wasi-messaging`` in a folder and remembers what is running.

    Attributes:
        folder: the current folder of the commands.
        environment: theirs.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = os.environ | {
            "PYTHONWARNINGS": "error",
            "XDG_CACHE_HOME": str(folder / "cache"),
        }
        self._started: list[subprocess.Popen[str]] = []

    def write(self, name: str, text: str | bytes) -> Path:
        """Make a file in the folder."""
        path = self.folder / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    def run(
        self, *arguments: str, text: str | bytes | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end; ``text`` is its standard input, which is empty by default."""
        done = subprocess.run(
            [COMMAND, *arguments],
            cwd=self.folder,
            env=self.environment,
            input=text.encode() if isinstance(text, str) else text or b"",
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
        return subprocess.CompletedProcess(
            done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
        )

    def ok(self, *arguments: str, text: str | bytes | None = None) -> str:
        """Run a command that must succeed; returns its output."""
        done = self.run(*arguments, text=text)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def fails(self, status: int, *arguments: str, text: str | bytes | None = None) -> str:
        """Run a command that must fail like this; returns its errors."""
        done = self.run(*arguments, text=text)
        assert done.returncode == status, (done.returncode, done.stdout, done.stderr)
        assert "Traceback" not in done.stderr
        return done.stderr

    def start(self, *arguments: str, ready: str = "") -> subprocess.Popen[str]:
        """Start a command; wait for a line of its standard error that contains ``ready``."""
        process = subprocess.Popen(
            [COMMAND, *arguments],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._started.append(process)
        if not ready:
            return process
        assert process.stderr is not None
        seen = []
        while True:
            line = process.stderr.readline()
            seen.append(line)
            if ready in line:
                return process
            assert line, f"ended before {ready!r}: {''.join(seen)}"

    @staticmethod
    def interrupt(
        process: subprocess.Popen[str], number: int = signal.SIGINT
    ) -> tuple[int, str, str]:
        """Send a signal and wait for the end: status, output, errors."""
        process.send_signal(number)
        output, errors = process.communicate(timeout=SECONDS)
        return process.returncode, output, errors

    def close(self) -> None:
        """Kill what still runs."""
        for process in self._started:
            if process.poll() is None:
                process.kill()
            process.communicate()


def wait_until_gone(word: str) -> None:
    """Return when no process has the word in its command line.

    Raises:
        AssertionError: one is left after ten seconds.
    """
    deadline = time.monotonic() + 10
    while left := processes(word):
        assert time.monotonic() < deadline, f"left behind: {left}"
        time.sleep(0.05)


def processes(word: str) -> list[str]:
    """The command lines that contain a word."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = file.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if word in line:
            found.append(line)
    return found
