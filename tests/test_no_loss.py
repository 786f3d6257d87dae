"""Kills in the middle of work, with real processes: every message is handled, none is missing."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from guests.hosting import built

COMMAND = [sys.executable, "-m", "wasi_messaging.cli"]
MESSAGES = 3000
CONFIG = """
[components.echo]
path = "{path}"
subscriptions = [{{ topic = "in", start = "all", max_in_flight = 32 }}]
permissions.default.send = ["out"]

[clients.default]
url = "embedded:"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a configuration and an input of numbered messages."""
    (tmp_path / "messaging.toml").write_text(CONFIG.format(path=built("echo/c")))
    lines = (json.dumps({"topic": "in", "data": str(n)}) for n in range(MESSAGES))
    (tmp_path / "input.jsonl").write_text("\n".join(lines) + "\n")
    return tmp_path


def command(folder: Path, *arguments: str) -> str:
    """Run a command to its end; its standard output."""
    done = subprocess.run(
        [*COMMAND, *arguments], cwd=folder, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def a_host(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A running ``wasi-messaging run``, attached when this yields; killed afterwards."""
    host = subprocess.Popen(
        [*COMMAND, "run"], cwd=folder, stderr=subprocess.PIPE, text=True, bufsize=1
    )
    assert host.stderr is not None
    log = []
    for line in host.stderr:
        log.append(line)
        if "attached to" in line:
            break
    else:
        pytest.fail(f"the host ended early:\n{''.join(log)}")
    reader = threading.Thread(target=lambda: log.extend(host.stderr or ()), daemon=True)
    reader.start()
    try:
        yield host
    finally:
        host.kill()
        host.wait()
        reader.join()
        host.stderr.close()


def server_pid(folder: Path) -> int:
    """The process of the embedded server, as its state file says."""
    state = json.loads((folder / ".wasi-messaging" / "server.json").read_text())
    return int(state["server"])


def handled(folder: Path, count: int) -> list[int]:
    """The numbers of the messages that came out, read until every number was seen."""
    reader = subprocess.Popen(
        [*COMMAND, "subscribe", "out", "--start", "all", "--group", "reader", "--json"],
        cwd=folder,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert reader.stdout is not None
    watchdog = threading.Timer(40, reader.kill)
    watchdog.start()
    numbers: list[int] = []
    seen: set[int] = set()
    for line in reader.stdout:
        numbers.append(int(json.loads(line)["data"]))
        seen.add(numbers[-1])
        if len(seen) == count:
            break
    watchdog.cancel()
    reader.send_signal(signal.SIGINT)
    reader.wait(timeout=10)
    reader.stdout.close()
    return numbers


def check(folder: Path) -> None:
    """Every message came out at least once."""
    numbers = handled(folder, MESSAGES)
    missing = set(range(MESSAGES)) - set(numbers)
    assert not missing, f"{len(missing)} lost, for instance {sorted(missing)[:5]}"


@pytest.mark.timeout(120)
def test_the_host_is_killed_in_the_middle_of_work(folder: Path) -> None:
    """``kill -9`` of the host, again and again; what was in flight comes to the next one."""
    dice = random.Random(1)
    publisher = subprocess.Popen([*COMMAND, "publish", "--jsonl", "input.jsonl"], cwd=folder)
    for _ in range(4):
        with a_host(folder) as host:
            time.sleep(dice.uniform(0.0, 0.15))
            os.kill(host.pid, signal.SIGKILL)
    assert publisher.wait(timeout=60) == 0
    with a_host(folder):
        check(folder)


@pytest.mark.timeout(120)
def test_the_server_is_killed_in_the_middle_of_work(folder: Path) -> None:
    """``kill -9`` of the embedded server: it comes back with its data, and so do all clients."""
    dice = random.Random(2)
    with a_host(folder):
        command(folder, "publish", "--jsonl", "input.jsonl")
        for _ in range(3):
            time.sleep(dice.uniform(0.05, 0.3))
            killed = server_pid(folder)
            os.kill(killed, signal.SIGKILL)
            wait_for_another(folder, killed)
        check(folder)


@pytest.mark.timeout(120)
def test_interrupted_in_the_middle_of_work(folder: Path) -> None:
    """Ctrl-C: what is in flight is finished, nothing comes out twice, the rest stays for later."""
    command(folder, "publish", "--jsonl", "input.jsonl")
    with a_host(folder) as host:
        host.send_signal(signal.SIGINT)
        assert host.wait(timeout=30) == 0
    with a_host(folder):
        numbers = handled(folder, MESSAGES)
    assert sorted(numbers) == list(range(MESSAGES))


@pytest.mark.timeout(120)
def test_two_hosts_in_one_folder_share_the_messages(folder: Path) -> None:
    """A second host joins the first one's server and group: nothing is lost or comes twice."""
    with a_host(folder), a_host(folder):
        command(folder, "publish", "--jsonl", "input.jsonl")
        numbers = handled(folder, MESSAGES)
    assert sorted(numbers) == list(range(MESSAGES))


def wait_for_another(folder: Path, killed: int) -> None:
    """Wait until the supervisor has started a new server."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            if server_pid(folder) != killed:
                return
        except (FileNotFoundError, KeyError, ValueError):
            pass
        time.sleep(0.01)
    pytest.fail("the embedded server was not started again")
