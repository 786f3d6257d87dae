"""A nats-server of its own for each contestant, so that they do not meet."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import nats
from nats.js.api import StreamConfig

from wasi_messaging.errors import BrokerError
from wasi_messaging.testing.servers import NatsServer

from .places import MissingError, last_line

STREAM = "ECHO"
CONFIGURATION = "max_payload: 8MB"
"""The limit is for bodies of a mebibyte, to which guests add headers."""


@dataclass(frozen=True, slots=True)
class Running:
    """A nats-server: where it listens, and its process."""

    port: int
    process: int


@contextmanager
def running_server(*stored: str, max_bytes: int = 0) -> Iterator[Running]:
    """A running server.

    Args:
        stored: subjects that a stream of JetStream keeps on disk; without any there is no stream.
        max_bytes: that the stream keeps, the oldest go; 0: no limit.
    """
    server = NatsServer(CONFIGURATION, jetstream=bool(stored))
    try:
        try:
            server.start()
        except (BrokerError, RuntimeError, OSError) as error:
            raise MissingError(f"nats-server does not start: {last_line(str(error))}") from error
        if stored:
            asyncio.run(_make_stream(server.url, stored, max_bytes))
        yield Running(server.port, server.pid)
    finally:
        server.close()


async def _make_stream(url: str, subjects: tuple[str, ...], max_bytes: int) -> None:
    client = await nats.connect(url)
    stream = StreamConfig(name=STREAM, subjects=list(subjects), max_bytes=max_bytes)
    await client.jetstream().add_stream(stream)
    await client.close()
