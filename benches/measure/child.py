"""A program of the benchmarks in a process of its own, stopped when its turn is over."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

from .places import PROGRAMS, MissingError, last_line

STOP_SECONDS = 10.0


def python(program: str, *arguments: str | Path) -> list[str]:
    """The command line of one of the Python programs."""
    return [sys.executable, str(PROGRAMS / f"{program}.py"), *map(str, arguments)]


class Child:
    """A running program that is talked to by lines."""

    def __init__(self, command: list[str]) -> None:
        self._words = tempfile.TemporaryFile("w+", errors="replace")  # noqa: SIM115
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._words,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._process.terminate()
        try:
            self._process.communicate(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()
        self._words.close()

    @property
    def process(self) -> int:
        """Its number."""
        return self._process.pid

    def ask(self, line: str) -> None:
        """Write a line to it. That it is gone shows when its answer is read."""
        assert self._process.stdin is not None  # noqa: S101
        try:
            print(line, file=self._process.stdin, flush=True)
        except BrokenPipeError:
            return

    def answer(self) -> str:
        """Read a line from it.

        Raises:
            MissingError: it ended instead; says with which words.
        """
        assert self._process.stdout is not None  # noqa: S101
        line = self._process.stdout.readline()
        if not line:
            status = self._process.wait(timeout=STOP_SECONDS)
            self._words.seek(0)
            raise MissingError(f"it ended with {status}: {last_line(self._words.read())}")
        return line
