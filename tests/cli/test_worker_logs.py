"""The log of several processes on one standard error."""

from __future__ import annotations

import errno
import fcntl
import json
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from tempfile import TemporaryFile

import pytest

from wasi_messaging.cli import logs


@pytest.fixture
def lock() -> Iterator[int]:
    """The file that says whose turn it is."""
    with TemporaryFile() as file:
        yield file.fileno()


def write(handler: logging.Handler, text: str) -> None:
    """A line."""
    handler.handle(logging.makeLogRecord({"msg": text}))


WRITER = """
import logging, sys
from wasi_messaging.cli import logs
logs.PATIENCE = 30  # nobody is stuck, however slow the machine
number, lock = map(int, sys.argv[1:])
logs.set_up_logging("info", as_json=True, worker=number, lock=lock)
for _ in range(200):
    logging.getLogger("wasi_messaging.x").info(str(number) * 20_000)
"""


def test_long_lines_of_several_do_not_mix() -> None:
    """Not even in a pipe that is full."""
    with TemporaryFile() as lock:
        reading, writing = os.pipe()
        command = [sys.executable, "-c", WRITER]
        writers = [
            subprocess.Popen(
                [*command, str(number), str(lock.fileno())],
                stderr=writing,
                pass_fds=(lock.fileno(),),
            )
            for number in range(1, 4)
        ]
        os.close(writing)
        with os.fdopen(reading, encoding="utf-8") as pipe:
            messages = [json.loads(line)["message"] for line in pipe]
        assert [writer.wait() for writer in writers] == [0, 0, 0]
    assert sorted(messages) == sorted(str(number) * 20_000 for number in (1, 2, 3) * 200)


HOLDER = """
import fcntl, os, signal, sys
fcntl.lockf(int(sys.argv[1]), fcntl.LOCK_EX)
os.kill(os.getpid(), signal.SIGSTOP)
"""


def test_one_that_is_stopped_in_its_turn_stops_no_other(
    lock: int, capfd: pytest.CaptureFixture[str]
) -> None:
    """Its turn is waited for once, and for a moment; it counts again when it is over."""
    handler = logs._handler(lock)
    command = [sys.executable, "-c", HOLDER, str(lock)]
    with subprocess.Popen(command, pass_fds=(lock,)) as holder:
        try:
            assert os.WIFSTOPPED(os.waitpid(holder.pid, os.WUNTRACED)[1])
            began = time.monotonic()
            for number in range(100):
                write(handler, f"line {number}")
            assert logs.PATIENCE <= time.monotonic() - began < 5
        finally:
            holder.send_signal(signal.SIGCONT)
    write(handler, "the last line")
    assert isinstance(handler, logs._InTurn)
    assert handler._patient
    written = [f"line {number}" for number in range(100)]
    assert capfd.readouterr().err.splitlines() == [*written, "the last line"]


def test_without_a_lock_lines_are_written(
    lock: int, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the system has none left, for example. That is told, once."""

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    handler = logs._handler(lock)
    monkeypatch.setattr(fcntl, "lockf", refuse)
    write(handler, "one")
    write(handler, "two")
    written = capfd.readouterr().err
    assert written.count("No locks available") == 1
    assert "\none\n" in written
    assert written.endswith("two\n")


def test_a_lock_that_is_closed(lock: int, capfd: pytest.CaptureFixture[str]) -> None:
    """Raises nothing out of who logs."""
    closed = os.dup(lock)
    os.close(closed)
    write(logs._handler(closed), "written")
    assert "written\n" in capfd.readouterr().err
