"""What streams hold, seen by the plain client and nothing of the product: filled, watched, read."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import nats
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js.api import AckPolicy, ConsumerConfig, ConsumerInfo
from nats.js.errors import NotFoundError

from .places import MissingError
from .server import STREAM, Running

PATIENCE = 30.0
"""Seconds without progress after which something has failed."""
STEP, STEP_BYTES = 2_000, 16 * 2**20
"""What is published until the stream has confirmed it, so that the server's buffers never fill."""
FETCH = 1_000
LOOKING = 0.02
NUMBER = 16
"""Characters at the start of a body that are its number."""


@dataclass(frozen=True, slots=True)
class Place:
    """A stream, and how it is reached.

    Attributes:
        url: of the server.
        token: it asks for.
        stream: the stream's name.
        prefix: what subjects of topics begin with there.
    """

    url: str
    token: str | None = None
    stream: str = STREAM
    prefix: str = ""

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[Client]:
        """A connection.

        Raises:
            MissingError: the server cannot be reached, or went away.
        """
        try:
            client = await nats.connect(self.url, token=self.token)
            try:
                yield client
            finally:
                await client.close()
        except (NatsError, OSError) as error:
            raise MissingError(f"the server does not answer: {error!r}") from error

    async def consumers(self, client: Client) -> list[ConsumerInfo]:
        """The positions of all groups in the stream."""
        return await client.jetstream().consumers_info(self.stream)


def place_on(server: Running) -> Place:
    """The stream of a server of :func:`measure.server.running_server`."""
    return Place(f"nats://127.0.0.1:{server.port}")


def embedded(folder: Path, patience: float = PATIENCE) -> Place:
    """The private server of a folder, as soon as it serves.

    Raises:
        MissingError: it does not, for so many seconds.
    """
    state = folder / ".wasi-messaging" / "server.json"
    until = time.monotonic() + patience
    while time.monotonic() < until:
        try:
            found = json.loads(state.read_text())
            url = f"nats://127.0.0.1:{found['port']}"
            return Place(url, str(found["token"]), "topics", "t.")
        except (OSError, ValueError, KeyError):
            time.sleep(LOOKING)
    raise MissingError(f"no server runs in {folder}")


def numbered(count: int, size: int) -> Iterable[bytes]:
    """Bodies of a size that begin with their number."""
    return (b"%016d" % number + b"x" * (size - NUMBER) for number in range(count))


async def publish(place: Place, topic: str, bodies: Iterable[bytes]) -> int:
    """Publish as fast as the stream confirms; the number of bodies.

    Each step ends with a message that is confirmed, and with it, as the server takes those of one
    connection in order, all before it.
    """
    subject, left, count = place.prefix + topic, iter(bodies), 0
    async with place.connected() as client:
        jetstream = client.jetstream()
        while step := list(islice(left, STEP)):
            unconfirmed = 0
            for left_of_step, body in zip(range(len(step) - 1, -1, -1), step, strict=True):
                unconfirmed += len(body)
                if left_of_step and unconfirmed < STEP_BYTES:
                    await client.publish(subject, body)
                else:
                    await jetstream.publish(subject, body, timeout=PATIENCE)
                    unconfirmed = 0
            count += len(step)
    return count


async def wait_settled(place: Place) -> None:
    """Return when every group of a stream has settled everything that is published by now.

    Raises:
        MissingError: it does not go on.
    """
    async with place.connected() as client:
        before, progress = -1, time.monotonic()
        while True:
            groups = await place.consumers(client)
            left = sum((one.num_pending or 0) + (one.num_ack_pending or 0) for one in groups)
            if groups and not left:
                return
            now = time.monotonic()
            if left != before:
                before, progress = left, now
            elif now - progress > PATIENCE:
                raise MissingError(f"it stopped with {left:,} messages left")
            await asyncio.sleep(LOOKING)


async def read(place: Place, topic: str) -> list[Msg]:
    """Everything a stream holds of a topic."""
    async with place.connected() as client:
        jetstream = client.jetstream()
        wanted = ConsumerConfig(
            ack_policy=AckPolicy.NONE, filter_subject=place.prefix + topic, mem_storage=True
        )
        made = await jetstream.add_consumer(place.stream, wanted)
        reading = await jetstream.pull_subscribe_bind(made.name, stream=place.stream)
        left, found = made.num_pending or 0, []
        while left:
            messages = await reading.fetch(min(left, FETCH), timeout=PATIENCE)
            found += messages
            left -= len(messages)
        await jetstream.delete_consumer(place.stream, made.name)
    return found


async def numbers(place: Place, topic: str) -> Counter[int]:
    """How often each number is there."""
    return Counter(int(message.data[:NUMBER]) for message in await read(place, topic))


async def last_stored(place: Place, topic: str, patience: float = PATIENCE) -> float:
    """When the last message of a topic was stored, by the server's clock, which is the machine's.

    Raises:
        MissingError: there is none for so many seconds.
    """
    async with place.connected() as client:
        until = time.monotonic() + patience
        while time.monotonic() < until:
            try:
                last = await client.jetstream().get_last_msg(place.stream, place.prefix + topic)
            except NotFoundError:
                await asyncio.sleep(LOOKING)
                continue
            if last.time is not None:
                return last.time.timestamp()
    raise MissingError(f"nothing came on {topic!r} within {patience:g} s")
