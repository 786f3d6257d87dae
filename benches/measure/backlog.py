"""A backlog in a stream, and a host that finds it."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from itertools import repeat

from nats.js.api import ConsumerInfo

from .places import MissingError
from .stored import LOOKING, PATIENCE, Place, publish

SUBJECT = "in"


@dataclass(frozen=True, slots=True)
class Drain:
    """How a backlog went.

    Attributes:
        seconds: from the first message to the last acknowledgement.
        repeated: deliveries beyond one a message.
    """

    seconds: float
    repeated: int


def fill(place: Place, messages: int, body: bytes) -> None:
    """Publish a backlog and have it confirmed.

    Raises:
        MissingError: the stream holds another number of messages than were published.
    """
    asyncio.run(_fill(place, messages, body))


async def _fill(place: Place, messages: int, body: bytes) -> None:
    await publish(place, SUBJECT, repeat(body, messages))
    async with place.connected() as client:
        stored = (await client.jetstream().stream_info(place.stream)).state.messages
    if stored != messages:
        raise MissingError(f"{stored:,} of {messages:,} messages were stored")


def drain(place: Place, messages: int) -> Drain:
    """Watch the only group of a stream until everything is acknowledged.

    Raises:
        MissingError: it does not go on.
    """
    return asyncio.run(_drain(place, messages))


async def _drain(place: Place, messages: int) -> Drain:
    begun = progress = time.monotonic()
    settled = delivered = 0
    async with place.connected() as client:
        while settled < messages:
            await asyncio.sleep(LOOKING)
            groups = await place.consumers(client)
            if not groups:
                raise MissingError("the consumer is gone")
            now = time.monotonic()
            delivered, acknowledged = _positions(groups[0])
            if not delivered:
                begun = now
            if acknowledged > settled:
                settled, progress = acknowledged, now
            elif now - progress > PATIENCE:
                raise MissingError(f"it stopped at {settled:,} of {messages:,} messages")
    return Drain(now - begun, delivered - messages)


def _positions(group: ConsumerInfo) -> tuple[int, int]:
    """Deliveries, and the last message up to which all are acknowledged."""
    if group.delivered is None or group.ack_floor is None:
        raise MissingError("the server does not say how far the consumer is")
    return group.delivered.consumer_seq or 0, group.ack_floor.stream_seq or 0
