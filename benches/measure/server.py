"""A nats-server of its own for each contestant, so that they do not meet."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import nats
from nats.js.api import StreamConfig

from wasi_messaging.brokers.nats_server import find_server
from wasi_messaging.errors import BrokerError

from .places import MissingError

START_SECONDS = 10.0
STREAM = "ECHO"
CONFIGURATION = """\
listen: "127.0.0.1:{port}"
max_payload: 8MB
"""
"""The limit is for bodies of a mebibyte, to which guests add headers."""
STORE = 'jetstream {{ store_dir: "{folder}" }}\n'


@dataclass(frozen=True, slots=True)
class Running:
    """A nats-server: where it listens, and its process."""

    port: int
    process: int


@contextmanager
def nats_server(*stored: str) -> Iterator[int]:
    """As :func:`running_server`; the value is its port."""
    with running_server(*stored) as server:
        yield server.port


@contextmanager
def running_server(*stored: str, max_bytes: int = 0) -> Iterator[Running]:
    """A running server.

    Args:
        stored: subjects that a stream of JetStream keeps on disk; without any there is no stream.
        max_bytes: that the stream keeps, the oldest go; 0: no limit.
    """
    try:
        program = find_server()
    except BrokerError as error:
        raise MissingError(str(error)) from error
    port = _free_port()
    with tempfile.TemporaryDirectory(prefix="wasi-messaging-bench-") as folder:
        configuration = Path(folder) / "nats-server.conf"
        text = CONFIGURATION.format(port=port) + (STORE.format(folder=folder) if stored else "")
        configuration.write_text(text)
        quiet = subprocess.DEVNULL
        command = [str(program), "-c", str(configuration)]
        with subprocess.Popen(command, stdout=quiet, stderr=quiet) as server:
            try:
                _wait_for(port, server)
                if stored:
                    asyncio.run(_make_stream(port, stored, max_bytes))
                yield Running(port, server.pid)
            finally:
                server.terminate()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and server.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.02)
    raise MissingError("nats-server does not start")


async def _make_stream(port: int, subjects: tuple[str, ...], max_bytes: int) -> None:
    client = await nats.connect(f"nats://127.0.0.1:{port}")
    stream = StreamConfig(name=STREAM, subjects=list(subjects), max_bytes=max_bytes)
    await client.jetstream().add_stream(stream)
    await client.close()
