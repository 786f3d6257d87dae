"""A log that nobody reads: the host goes on, and says later what is missing."""

from __future__ import annotations

import fcntl
import json
import logging
import os
import select
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from guests.hosting import built
from wasi_messaging.cli import logs, standard_error
from wasi_messaging.cli.standard_error import StandardError

SMALL = 2 * select.PIPE_BUF


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """A small one: where to read it, where to write."""
    reading, writing = os.pipe()
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, SMALL)
    os.set_blocking(reading, False)
    yield reading, writing
    os.close(reading)
    os.close(writing)


def test_lines_that_do_not_fit_are_left_out_and_counted(
    pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first of them after a moment, the others at once; each line that comes stays a line."""
    monkeypatch.setattr(standard_error, "PATIENCE", 0.05)
    reading, writing = pipe
    handler = logs._Patient(StandardError(writing))
    handler.setFormatter(logs._Json(None))

    def log(text: str) -> None:
        handler.handle(logging.makeLogRecord({"msg": text}))

    log("first")
    log("x" * 2 * SMALL)  # torn: its beginning fits
    began = time.monotonic()
    for number in range(1000):
        log(str(number))
    assert time.monotonic() - began < 1
    first, torn = os.read(reading, 2 * SMALL).split(b"\n")
    assert json.loads(first)["message"] == "first"
    assert torn.startswith(b'{"time"')
    log("read again")
    rest, notice, last = os.read(reading, 2 * SMALL).decode().splitlines()
    assert not rest  # the end of what was torn
    assert json.loads(notice)["message"].startswith("1001 lines of this log were left out")
    assert json.loads(last)["message"] == "read again"


def test_a_line_waits_for_a_slow_reader(pipe: tuple[int, int]) -> None:
    """Who reads at all gets everything."""
    reading, writing = pipe
    stream = StandardError(writing)
    text = "y" * 20 * SMALL + "\n"
    reader = "import sys, time; time.sleep(0.2); print(len(sys.stdin.buffer.readline()))"
    command = [sys.executable, "-c", reader]
    os.set_blocking(reading, True)
    with subprocess.Popen(command, stdin=reading, stdout=subprocess.PIPE, text=True) as process:
        assert stream.write(text) == len(text)
        assert process.communicate()[0] == f"{len(text)}\n"
    assert not stream.left_out


def wait_served(url: str) -> None:
    """Return when something is there."""
    until = time.monotonic() + 20
    while True:
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except OSError:
            assert time.monotonic() < until, "nothing is served"
            time.sleep(0.05)


@pytest.mark.parametrize("workers", [(), ("--workers", "2")])
def test_a_host_whose_log_is_not_read_still_stops(
    pipe: tuple[int, int], tmp_path: Path, workers: tuple[str, ...]
) -> None:
    """By one signal, with all its workers."""
    _, writing = pipe
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = "{}:{}".format(*probe.getsockname())
    (tmp_path / "messaging.toml").write_text(
        f"""
        [metrics]
        listen = "{address}"

        [components.guest]
        path = {json.dumps(str(built("echo/c")))}
        subscriptions = [{{ topic = "in" }}]
        """
    )
    os.write(writing, b"z" * SMALL)  # full
    command = [sys.executable, "-m", "wasi_messaging.cli", "run", "--log-level", "debug", *workers]
    with subprocess.Popen(
        command, cwd=tmp_path, stdin=subprocess.DEVNULL, stderr=writing, start_new_session=True
    ) as host:
        try:
            wait_served(f"http://{address}/metrics")  # there is no line that says so
            host.send_signal(signal.SIGTERM)
            assert host.wait(15) in (0, 143)  # the second: it was not up yet
        finally:
            if host.poll() is None:
                os.killpg(host.pid, signal.SIGKILL)
