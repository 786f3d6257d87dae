"""A nats-server of its own for each turn, so that nothing is left over from the turn before."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

import nats
from nats.js.api import StreamConfig

from wasi_messaging.brokers.nats_server import find_server
from wasi_messaging.errors import BrokerError

from .places import MissingError

START_SECONDS = 10.0
STREAM = "ECHO"


@contextmanager
def nats_server(*stored: str) -> Iterator[int]:
    """A running server; the value is its port.

    Args:
        stored: subjects that a stream of JetStream keeps on disk; without any there is no stream.
    """
    try:
        program = find_server()
    except BrokerError as error:
        raise MissingError(str(error)) from error
    port = _free_port()
    with tempfile.TemporaryDirectory(prefix="wasi-messaging-bench-") as folder:
        options = ["-a", "127.0.0.1", "-p", str(port)]
        if stored:
            options += ["-js", "-sd", folder]
        quiet = subprocess.DEVNULL
        with subprocess.Popen([program, *options], stdout=quiet, stderr=quiet) as server:
            try:
                _wait_for(port, server)
                if stored:
                    asyncio.run(_make_stream(port, stored))
                yield port
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


async def _make_stream(port: int, subjects: tuple[str, ...]) -> None:
    client = await nats.connect(f"nats://127.0.0.1:{port}")
    await client.jetstream().add_stream(StreamConfig(name=STREAM, subjects=list(subjects)))
    await client.close()
