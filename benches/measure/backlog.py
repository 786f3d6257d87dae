"""A backlog in a stream: filled before a host starts, watched while the host drains it."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path

import nats
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.api import ConsumerInfo

from .machine import PAGE_SIZE
from .places import MissingError
from .server import STREAM
from .stored import PATIENCE, Place, at_port, publish

SUBJECT = "in"
SAMPLE_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Drain:
    """How a backlog went.

    Attributes:
        seconds: from the first message to the last acknowledgement.
        memory: bytes resident, every tenth of a second from the start of the host on.
        repeated: deliveries beyond one a message.
    """

    seconds: float
    memory: list[int]
    repeated: int


def resident(process: int) -> int:
    """Bytes of a process that are in memory."""
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * PAGE_SIZE


def fill(port: int, messages: int, body: bytes) -> None:
    """Publish a backlog and have it confirmed.

    Raises:
        MissingError: the stream holds another number of messages than were published.
    """
    asyncio.run(_fill(at_port(port), messages, body))


async def _fill(place: Place, messages: int, body: bytes) -> None:
    await publish(place, SUBJECT, repeat(body, messages))
    async with place.connected() as client:
        stored = (await client.jetstream().stream_info(STREAM)).state.messages
    if stored != messages:
        raise MissingError(f"{stored:,} of {messages:,} messages were stored")


def wait_attached(port: int) -> None:
    """Return when a host has made its consumer."""

    async def wait() -> None:
        client = await nats.connect(f"nats://127.0.0.1:{port}")
        until = time.monotonic() + PATIENCE
        while await _consumer(client) is None:
            if time.monotonic() > until:
                raise MissingError("the host does not attach")
            await asyncio.sleep(SAMPLE_SECONDS)
        await client.close()

    asyncio.run(wait())


def drain(port: int, process: int, messages: int) -> Drain:
    """Watch a host until everything is acknowledged.

    Raises:
        MissingError: it does not go on.
    """
    return asyncio.run(_drain(port, process, messages))


async def _drain(port: int, process: int, messages: int) -> Drain:
    client = await nats.connect(f"nats://127.0.0.1:{port}")
    memory: list[int] = []
    begun = progress = time.monotonic()
    settled = delivered = 0
    while settled < messages:
        await asyncio.sleep(SAMPLE_SECONDS)
        memory.append(resident(process))
        info = await _consumer(client)
        if info is None or info.ack_floor is None or info.delivered is None:
            raise MissingError("the consumer is gone")
        now = time.monotonic()
        delivered = info.delivered.consumer_seq
        if not delivered:
            begun = now
        if info.ack_floor.stream_seq > settled:
            settled, progress = info.ack_floor.stream_seq, now
        elif now - progress > PATIENCE:
            raise MissingError(f"it stopped at {settled:,} of {messages:,} messages")
    await client.close()
    return Drain(now - begun, memory, delivered - messages)


async def _consumer(client: Client) -> ConsumerInfo | None:
    try:
        found = await client.jetstream().consumers_info(STREAM)
    except NatsError as error:
        raise MissingError(f"the server does not answer: {error!r}") from error
    return found[0] if found else None
