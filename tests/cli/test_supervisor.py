"""What looks after workers, in this process: starts that fail, and how workers end.

The workers are programs that do nothing but what a test says.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NoReturn

import pytest

from wasi_messaging.cli import workers as module
from wasi_messaging.cli.failures import FAILED
from wasi_messaging.cli.tether import ALL_STOPPED
from wasi_messaging.cli.workers import Workers

PROGRAM = """#!{python} -SE
import os, signal, sys, time
from pathlib import Path
ended = lambda: os._exit(0)  # as after a clean drain
signal.signal(signal.SIGTERM, lambda *_: ended())
number, folder = int(sys.argv[-1]), Path({folder!r})
start = 1 + len(list(folder.glob(f"{{number}}.*")))

def serve():
    folder.joinpath(f"{{number}}.{{start}}").touch()
    while True:
        signal.pause()

def end(status):
    folder.joinpath(f"{{number}}.{{start}}").touch()
    os._exit(status)

def by(number):
    os.kill(os.getpid(), number)

{behaviour}
serve()
"""


class Supervised:
    """Two workers, and what they do."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.workers = Workers([], 2)
        self.status = asyncio.create_task(self.workers.run())

    async def serving(self, number: int, start: int) -> None:
        """Wait until a worker has been started so often."""
        async with asyncio.timeout(10):
            while not (self.folder / f"{number}.{start}").exists():
                assert not self.status.done(), self.status
                await asyncio.sleep(0.01)

    async def stop(self, *numbers: int) -> int:
        """Signals to the supervisor, as from the system; the status of all."""
        for number in numbers:
            os.kill(os.getpid(), number)
            await asyncio.sleep(0.05)
        return await self.ended()

    async def ended(self) -> int:
        """Wait for the end of all; its status."""
        async with asyncio.timeout(10):
            return await asyncio.shield(self.status)


Supervise = Callable[[str], Any]


@pytest.fixture
def supervise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> Supervise:
    """Starts two workers that behave so; what is left of them at the end is killed."""
    caplog.set_level(logging.INFO, "wasi_messaging")
    monkeypatch.setattr(module, "FIRST_PAUSE", 0.01)

    @asynccontextmanager
    async def start(behaviour: str) -> AsyncIterator[Supervised]:
        program = tmp_path / "program"
        text = PROGRAM.format(python=sys.executable, folder=str(tmp_path), behaviour=behaviour)
        program.write_text(text)
        program.chmod(0o755)
        monkeypatch.setattr(sys, "executable", str(program))
        supervised = Supervised(tmp_path)
        try:
            yield supervised
        finally:
            supervised.workers._end(signal.SIGKILL)
            await asyncio.gather(supervised.status, return_exceptions=True)

    return start


def short_of_descriptors(*_: object, **__: object) -> NoReturn:
    """As the system's calls."""
    raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))


def short_of_threads(*_: object, **__: object) -> NoReturn:
    """As Python, if it cannot watch a process."""
    raise RuntimeError("can't start new thread")


@pytest.mark.parametrize(
    ("place", "name", "shortage", "words"),
    [
        (socket, "socketpair", short_of_descriptors, "Too many open files"),
        (asyncio, "open_connection", short_of_descriptors, "Too many open files"),
        (asyncio, "create_subprocess_exec", short_of_descriptors, "Too many open files"),
        (asyncio, "create_subprocess_exec", short_of_threads, "can't start new thread"),
    ],
)
async def test_a_start_that_fails_is_tried_again(
    supervise: Supervise,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    place: object,
    name: str,
    shortage: Callable[..., NoReturn],
    words: str,
) -> None:
    """The other workers go on meanwhile, and are stopped as ever."""
    async with supervise("") as supervised:
        await supervised.serving(1, 1)
        await supervised.serving(2, 1)
        with monkeypatch.context() as shorter:
            shorter.setattr(place, name, shortage)
            supervised.workers._running[1].kill()
            async with asyncio.timeout(10):
                while caplog.text.count("worker 1 could not be started") < 3:
                    assert not supervised.status.done(), supervised.status
                    await asyncio.sleep(0.01)
        await supervised.serving(1, 2)
        assert supervised.workers._restarts == {1: 1, 2: 0}
        assert await supervised.stop(signal.SIGTERM) == 0
    assert f"{words}); again in 0.04 s" in caplog.text  # the pause grows


@pytest.mark.parametrize(
    ("behaviour", "status", "words"),
    [
        ("if number == 2: ended = lambda: by(signal.SIGSEGV)", 70, "by SIGSEGV"),
        ("if number == 2: ended = lambda: by(40)", 70, "by signal 40"),
        ("if number == 2: ended = lambda: os._exit(70)", 70, "with 70"),
        ("if number == 2: ended = lambda: os._exit(5)", 5, "with 5"),
        ("if number == 2: ended = lambda: os._exit(1)", 70, "with 1"),
    ],
)
async def test_a_crash_while_stopping_is_told(
    supervise: Supervise, caplog: pytest.LogCaptureFixture, behaviour: str, status: int, words: str
) -> None:
    """By the log and by the status of all; those that ended well say nothing."""
    async with supervise(behaviour) as supervised:
        await supervised.serving(1, 1)
        await supervised.serving(2, 1)
        assert await supervised.stop(signal.SIGTERM) == status
    errors = [one.getMessage() for one in caplog.records if one.levelno >= logging.ERROR]
    assert errors == [f"worker 2 ended ({words}) while it stopped"]
    assert "worker 1 ended" not in caplog.text


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
async def test_a_kill_that_was_asked_for_is_no_crash(
    supervise: Supervise, caplog: pytest.LogCaptureFixture, number: int, status: int
) -> None:
    """The third signal: the status is that of one process without workers."""
    async with supervise("ended = lambda: None") as supervised:
        await supervised.serving(1, 1)
        await supervised.serving(2, 1)
        assert await supervised.stop(number, number, number) == status
    assert not [one for one in caplog.records if one.levelno >= logging.ERROR]
    assert caplog.text.count("ended (by SIGKILL) as it was told") == 2


async def test_a_stop_while_they_start_is_no_crash(
    supervise: Supervise, caplog: pytest.LogCaptureFixture
) -> None:
    """Before Python takes notice of signals, or after: what was terminated says so."""
    behaviour = "if number == 1: signal.signal(signal.SIGTERM, signal.SIG_DFL)\n"
    behaviour += "else: ended = lambda: os._exit(143)"
    async with supervise(behaviour) as supervised:
        await supervised.serving(1, 1)
        await supervised.serving(2, 1)
        assert await supervised.stop(signal.SIGTERM) == 143
    assert not [one for one in caplog.records if one.levelno >= logging.ERROR]


async def test_an_error_at_the_start_ends_all(
    supervise: Supervise, caplog: pytest.LogCaptureFixture
) -> None:
    """With its status, and a line in the log that says whose it was."""
    async with supervise("if number == 2: end(4)") as supervised:
        assert await supervised.ended() == 4
    assert "worker 2 ended (with 4) at its start; so do all" in caplog.text


async def test_where_others_run_well_a_refusal_is_a_crash(
    supervise: Supervise, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A broker that is away for a moment ends nobody who has been at work for long."""
    monkeypatch.setattr(module, "STEADY", 0.2)
    async with supervise("if number == 2 and start == 1: time.sleep(0.5); end(5)") as supervised:
        await supervised.serving(2, 2)
        assert await supervised.stop(signal.SIGTERM) == 0
    assert "worker 2 ended (with 5); again in" in caplog.text


def test_one_that_has_just_ended_keeps_no_signal_from_the_others() -> None:
    """Between its end and the notice of it nobody can be sent anything."""
    told: list[int] = []

    class Gone:
        def send_signal(self, number: int) -> None:
            raise ProcessLookupError

    class Running:
        def send_signal(self, number: int) -> None:
            told.append(number)

    workers = Workers([], 2)
    workers._running = {1: Gone(), 2: Running()}  # type: ignore[dict-item]
    workers._end(signal.SIGTERM)
    assert told == [signal.SIGTERM]


@pytest.mark.parametrize("status", [0, 1, 6, 70, 120, 255])
async def test_an_end_that_is_not_understood_is_a_crash(
    supervise: Supervise, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    """1 above all: Python says so where a module is missing, and knows nothing of subscriptions."""
    async with supervise(f"if number == 1 and start == 1: end({status})") as supervised:
        await supervised.serving(1, 2)
        await supervised.serving(2, 1)
        assert await supervised.stop(signal.SIGTERM) == 0
    assert f"worker 1 ended (with {status}); again in" in caplog.text
    assert "subscriptions" not in caplog.text


async def test_those_whose_subscriptions_have_stopped_stay_so(
    supervise: Supervise, caplog: pytest.LogCaptureFixture
) -> None:
    """The last of them ends it all."""
    async with supervise(f"end({ALL_STOPPED})") as supervised:
        assert await supervised.ended() == FAILED
    assert caplog.text.count("all its subscriptions have stopped; it is not started again") == 2
    assert supervised.workers._restarts == {1: 0, 2: 0}
