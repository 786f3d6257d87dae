"""``run --workers``: several processes that are started, restarted and stopped as one."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from shell import COMMAND, Shell
from wasi_messaging import _engine

CONFIG = """
{client}
[components.echo]
path = "guest.wasm"
subscriptions = [{{ topic = "in.>" }}]
permissions.default.send = ["out"]
"""


class Log:
    """``run --workers 2``, and what it logs."""

    def __init__(self, shell: Shell, *arguments: str) -> None:
        self.path = shell.folder / "log"
        with self.path.open("w") as file:
            self.process = subprocess.Popen(
                [COMMAND, "run", "--workers", "2", *arguments],
                cwd=shell.folder,
                env=shell.environment,
                stdin=subprocess.DEVNULL,
                stderr=file,
            )

    def wait(self, words: str, count: int = 1) -> str:
        """The log, once the words are in it so often."""
        deadline = time.monotonic() + 30
        while (text := self.path.read_text()).count(words) < count:
            assert time.monotonic() < deadline, f"{count} times {words!r}: {text}"
            time.sleep(0.02)
        return text

    def workers(self) -> list[int]:
        """The processes that it tells of, in the order in which they were started."""
        return [int(pid) for pid in re.findall(r"worker \d: process (\d+)", self.path.read_text())]

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal; the exit status."""
        self.process.send_signal(number)
        return self.process.wait(timeout=30)


@pytest.fixture
def echo(shell: Shell, root: Path) -> Shell:
    """A configuration with a component that sends a copy of everything to ``out``."""
    text = root.joinpath("guests/echo/guest.wat").read_text()
    shell.write("guest.wasm", _engine.parse_text(text))
    shell.write("messaging.toml", CONFIG.format(client=""))
    return shell


@pytest.fixture
def run(echo: Shell) -> Iterator[Callable[..., Log]]:
    """Starts it; what still runs at the end is killed, and its workers end with it."""
    logs: list[Log] = []

    def start(*arguments: str) -> Log:
        logs.append(Log(echo, *arguments))
        return logs[-1]

    yield start
    for log in logs:
        log.process.kill()
        log.process.wait()


def alive(pid: int) -> bool:
    """Whether a process runs."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_workers_share_and_come_back(echo: Shell, run: Callable[..., Log]) -> None:
    """One that is killed is started again; a signal stops all; every message is handled."""
    log = run()
    log.wait("running 1 component", 2)
    first, second = log.workers()
    os.kill(first, signal.SIGKILL)
    log.wait("running 1 component", 3)
    lines = "".join(json.dumps({"topic": f"in.{n}", "data": str(n)}) + "\n" for n in range(300))
    echo.ok("publish", "-q", "--jsonl", "-", text=lines)
    arguments = ("--start", "all", "-n", "300", "--timeout", "20s", "--json", "-q")
    out = echo.ok("subscribe", "out", *arguments).splitlines()
    assert {int(json.loads(line)["data"]) for line in out} == set(range(300))
    assert log.stop() == 0
    text = log.wait("info run: stopped", 2)
    assert "ended (by SIGKILL); again in 0.5 s" in text
    handled = re.findall(r"\[\d\] info host: component echo: (\d+) handled", text)
    assert len(handled) == 2
    assert sum(map(int, handled)) == 300
    assert not any(map(alive, log.workers()))
    assert second in log.workers()


def test_workers_end_with_who_started_them(run: Callable[..., Log]) -> None:
    """Also if that is killed: nobody handles messages whom nobody can stop."""
    log = run()
    log.wait("running 1 component", 2)
    log.stop(signal.SIGKILL)
    log.wait("info run: stopped", 2)
    deadline = time.monotonic() + 10
    while any(map(alive, log.workers())):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_the_log_says_which_worker(run: Callable[..., Log]) -> None:
    """In JSON as a number."""
    log = run("--json")
    log.wait("running 1 component", 2)
    assert log.stop(signal.SIGINT) == 0
    lines = [json.loads(line) for line in log.wait('"message": "stopped"', 2).splitlines()]
    assert {line.get("worker") for line in lines} == {None, 1, 2}


def test_what_stops_one_at_the_start_stops_all(echo: Shell, run: Callable[..., Log]) -> None:
    """With the error and the exit code of the worker."""
    client = '[clients.default]\nurl = "nats://127.0.0.1:1"'
    echo.write("messaging.toml", CONFIG.format(client=client))
    log = run()
    assert log.process.wait(timeout=30) == 5
    assert "127.0.0.1:1" in log.wait("error:")


def test_a_message_that_stops_subscriptions_stops_their_workers(
    echo: Shell, run: Callable[..., Log]
) -> None:
    """One after the other, for the message goes back; the log says so of each."""
    text = CONFIG.format(client="").replace('"in.>"', '"fail", retry = { attempts = 1 }')
    echo.write("messaging.toml", text)
    log = run()
    log.wait("running 1 component", 2)
    echo.ok("publish", "-q", "fail", "x")
    assert log.process.wait(timeout=30) == 1
    log.wait("all its subscriptions have stopped; it is not started again", 2)


def test_a_broker_inside_the_process_cannot_be_shared(echo: Shell) -> None:
    """Each worker would have its own."""
    client = '[clients.default]\nurl = "memory:"'
    echo.write("messaging.toml", CONFIG.format(client=client))
    assert "workers cannot share" in echo.fails(3, "run", "--workers", "2")
