"""The log of ``run``: lines for people or JSON for programs, on standard error."""

from __future__ import annotations

import fcntl
import json
import logging
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime

import click

from .standard_error import StandardError

LEVELS = ("debug", "info", "warning", "error")
COLOURS = {logging.WARNING: "yellow", logging.ERROR: "red", logging.CRITICAL: "red"}
PREFIX = "wasi_messaging."
PATIENCE = 0.2
"""Seconds that a line waits at most until another process has written its own."""
FIRST_RETRY, MAX_RETRY = 20e-6, 0.005
"""Seconds between two looks whether it has: a line takes microseconds, unless a reader is slow."""


def set_up_logging(
    level: str, *, as_json: bool, worker: int | None = None, lock: int | None = None
) -> None:
    """Send the log to standard error.

    Args:
        level: one of :data:`LEVELS`; other packages log from warnings on, unless it is debug.
        as_json: one JSON object a line: ``time`` (RFC 3339, UTC), ``level``, ``logger``,
            ``message``, for a guest's line ``stream``, and ``traceback`` where there is one.
        worker: the number of this process among several, said in every line.
        lock: a file, open for writing, that all processes have which write to this standard error;
            their lines do not mix, unless one cannot have its turn for :data:`PATIENCE`, be it that
            another is stuck in the middle of its own: then it writes all the same.
    """
    handler = _handler(lock)
    handler.setFormatter(_Json(worker) if as_json else _Text(worker))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.DEBUG if level == "debug" else logging.WARNING)
    logging.getLogger("wasi_messaging").setLevel(level.upper())
    logging.getLogger("asyncio").setLevel(logging.WARNING)


def _handler(lock: int | None) -> logging.Handler:
    try:
        stream = StandardError(sys.stderr.fileno())
    except OSError:  # it is no file: a program has put something of its own there
        return logging.StreamHandler(sys.stderr)
    return _Patient(stream) if lock is None else _InTurn(stream, lock)


def _short(name: str) -> str:
    """``wasi_messaging.component.alerts`` → ``alerts``; ``wasi_messaging.host`` → ``host``."""
    return name.removeprefix(PREFIX).removeprefix("component.")


class _Patient(logging.StreamHandler[StandardError]):
    """Says how many lines are missing as soon as there is somebody again who reads them."""

    def emit(self, record: logging.LogRecord) -> None:
        if (count := self.stream.left_out) and self.stream.has_room:
            self.stream.left_out = 0
            words = "%d lines of this log were left out or cut short before, as nobody read them"
            super().emit(_record(logging.WARNING, words, count))
            if self.stream.left_out:  # this one too; it did not count
                self.stream.left_out = count
        super().emit(record)


def _record(level: int, words: str, *arguments: object) -> logging.LogRecord:
    return logging.LogRecord(f"{PREFIX}log", level, __file__, 0, words, arguments, None)


class _InTurn(_Patient):
    """One process at a time: lines longer than ``PIPE_BUF`` would mix in a pipe that is full.

    A line that mixes with another is better than a host that stands still, for this is called on
    the event loop. So nothing is waited for longer than :data:`PATIENCE` – who has the turn may be
    stopped – and then, until there is a turn again, not at all.
    """

    def __init__(self, stream: StandardError, lock: int) -> None:
        super().__init__(stream)
        self._lock = lock
        self._patient = True
        self._complained = False

    def emit(self, record: logging.LogRecord) -> None:
        turn = self._take_turn(record)
        try:
            super().emit(record)
        finally:
            if turn:
                with suppress(OSError):  # then it is not held either
                    fcntl.lockf(self._lock, fcntl.LOCK_UN)

    def _take_turn(self, record: logging.LogRecord) -> bool:
        """Whether nobody else writes now; the turn ends with the process, however that ends."""
        deadline, pause = time.monotonic() + (PATIENCE if self._patient else 0), FIRST_RETRY
        while True:
            try:
                fcntl.lockf(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except (BlockingIOError, PermissionError):  # somebody has it; which, is the system's
                self._patient = time.monotonic() < deadline
                if not self._patient:
                    return False
                time.sleep(pause)
                pause = min(2 * pause, MAX_RETRY)
            except OSError:  # of every line it would be too much
                if not self._complained:
                    self._complained = True
                    self.handleError(record)
                return False
            else:
                self._patient = True
                return True


class _Formatter(logging.Formatter):
    def __init__(self, worker: int | None) -> None:
        super().__init__()
        self._worker = worker


class _Json(_Formatter):
    def format(self, record: logging.LogRecord) -> str:
        fields: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if self._worker is not None:
            fields["worker"] = self._worker
        if (stream := getattr(record, "stream", None)) is not None:
            fields["stream"] = stream
        if record.exc_info:
            fields["traceback"] = self.formatException(record.exc_info)
        return json.dumps(fields, ensure_ascii=False)


class _Text(_Formatter):
    def format(self, record: logging.LogRecord) -> str:
        time = datetime.fromtimestamp(record.created).astimezone().strftime("%H:%M:%S.%f")[:-3]
        level = record.levelname.lower()
        colour = COLOURS.get(record.levelno)
        if colour is not None and sys.stderr.isatty():
            level = click.style(level, fg=colour)
        guest = " |" if hasattr(record, "stream") else ""
        worker = "" if self._worker is None else f"[{self._worker}] "
        text = f"{time} {worker}{level} {_short(record.name)}{guest}: {record.getMessage()}"
        return f"{text}\n{self.formatException(record.exc_info)}" if record.exc_info else text
