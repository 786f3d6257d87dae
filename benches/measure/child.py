"""A program of the benchmarks in a process of its own, stopped when its turn is over."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from threading import Timer
from types import TracebackType
from typing import Self

from .places import PROGRAMS, MissingError, last_line

STOP_SECONDS = 10.0
READY_SECONDS = 60.0
ANSWER_SECONDS = 120.0
"""How long a program may take to be ready, compiling included, and to answer a line."""


def python(program: str, *arguments: str | Path) -> list[str]:
    """The command line of one of the Python programs."""
    return [sys.executable, str(PROGRAMS / f"{program}.py"), *map(str, arguments)]


class Child:
    """A running program that is talked to by lines.

    It has a session of its own, which is ended as a whole: a program may be one that only starts
    another.
    """

    def __init__(self, command: list[str]) -> None:
        self._given_up = False
        self._words = tempfile.TemporaryFile("w+", errors="replace")  # noqa: SIM115
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._words,
            text=True,
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._signal(signal.SIGTERM)
        try:
            self._process.communicate(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._signal(signal.SIGKILL)
            self._process.communicate()
        self._signal(signal.SIGKILL)  # what it has left behind
        self._words.close()

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)

    def _give_up(self) -> None:
        self._given_up = True
        self._signal(signal.SIGKILL)

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

    def wait_ready(self, within: float = READY_SECONDS) -> None:
        """Return when it has said its first line.

        Raises:
            MissingError: it ended instead, or took too long, and is ended.
        """
        self.answer(within)

    def answer(self, within: float = ANSWER_SECONDS) -> str:
        """Read a line from it.

        Raises:
            MissingError: it ended instead, and says with which words; or it took too long, and is
                ended; or it goes on and says nothing more.
        """
        assert self._process.stdout is not None  # noqa: S101
        limit = Timer(within, self._give_up)
        limit.start()
        try:
            line = self._process.stdout.readline()
        finally:
            limit.cancel()
        if not line:
            raise MissingError(self._why_silent(within))
        return line

    def _why_silent(self, within: float) -> str:
        if self._given_up:
            return f"it said nothing for {within:g} s"
        try:
            status = self._process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            return f"it closed its output and did not end within {STOP_SECONDS:g} s"
        self._words.seek(0)
        return f"it ended with {status}: {last_line(self._words.read())}"
