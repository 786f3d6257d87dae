"""JetStream: each copy is confirmed by the stream, then the message is acknowledged."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

import nats
from measure import framework
from measure.confirmations import Confirmations
from measure.contest import UVLOOP, Contest, Contestant, Program, Ready, Server
from measure.handlers import COPIES, headers, transform
from measure.loads import ECHO, FAN_OUT, HEADERS, KIB, TRANSFORM
from measure.nats_contest import NatsContest, jco
from nats.aio.client import Client
from nats.aio.msg import Msg

BATCH = 100
WORKERS = 64
REPLY_TO = "wasi-messaging-reply-to"
"""The header with a reply's address: the protocol's own is that of the acknowledgement."""
KEPT = 256 * 2**20
"""Bytes that the stream keeps, so that a long run does not fill the disk."""
MAX_ACK_PENDING = 4096

Handle = Callable[[Msg], list[bytes]]
HANDLES: dict[str, Handle] = {
    ECHO: lambda message: [message.data],
    HEADERS: lambda message: [message.data],
    TRANSFORM: lambda message: [transform(message.data)],
    FAN_OUT: lambda message: [message.data] * COPIES,
}
"""The bodies that are published for a message; a reply is another matter."""


async def connect(server: Server) -> tuple[Client, str]:
    """A client, and the subject that copies go to."""
    client = await nats.connect(
        server.url, token=server.details.get("token"), skip_subject_validation=True
    )
    return client, f"{server.details.get('prefix', '')}out"


async def pushed(
    client: Client, server: Server, callback: Callable[[Msg], Awaitable[None]]
) -> None:
    """Have messages pushed by a durable consumer with explicit acknowledgement."""
    from nats.js.api import ConsumerConfig

    await client.jetstream().subscribe(
        f"{server.details.get('prefix', '')}in",
        durable="bench",
        stream=server.details["stream"],
        cb=callback,
        manual_ack=True,
        config=ConsumerConfig(max_ack_pending=MAX_ACK_PENDING),
        pending_msgs_limit=0,
        pending_bytes_limit=0,
    )


async def answer(client: Client, message: Msg) -> None:
    """Reply to the address in the header, then acknowledge: a reply is not stored."""
    await client.publish((message.headers or {})[REPLY_TO], message.data)
    await message.ack()


async def push(handler: str, server: Server, ready: Ready) -> None:
    """Pushed messages, confirmations by one subscription: the fastest found."""
    client, out = await connect(server)
    confirmations = Confirmations(client, headers(handler))
    await confirmations.listen()
    handle = HANDLES.get(handler)

    async def publish(message: Msg) -> None:
        if handle is None:
            await answer(client, message)
        else:
            await confirmations.publish(out, message, handle(message))

    await pushed(client, server, publish)
    ready()
    await asyncio.Event().wait()


async def push_async(handler: str, server: Server, ready: Ready) -> None:
    """Pushed messages and ``publish_async``; a task acknowledges, in order."""
    client, out = await connect(server)
    stream, described = client.jetstream(), headers(handler)
    published: asyncio.Queue[tuple[Msg, list[asyncio.Future[Any]]]] = asyncio.Queue()

    async def publish(message: Msg) -> None:
        confirmations = [
            await stream.publish_async(out, body, headers=described)
            for body in HANDLES[handler](message)
        ]
        published.put_nowait((message, confirmations))

    await pushed(client, server, publish)
    ready()
    while True:
        message, confirmations = await published.get()
        for confirmation in confirmations:
            await confirmation
        await message.ack()


async def batches(client: Client, server: Server, ready: Ready) -> AsyncIterator[list[Msg]]:
    """Messages that a durable consumer is asked for."""
    subject = f"{server.details.get('prefix', '')}in"
    subscription = await client.jetstream().pull_subscribe(
        subject, durable="bench", stream=server.details["stream"]
    )
    ready()
    while True:
        try:
            yield await subscription.fetch(BATCH, timeout=1)
        except TimeoutError:  # the library's own is one, and at times it lets asyncio's through
            continue


async def pull(handler: str, server: Server, ready: Ready) -> None:
    """Batches, all confirmations of one awaited together: as a tutorial would have it."""
    client, out = await connect(server)
    stream, described = client.jetstream(), headers(handler)

    async def handle(message: Msg) -> None:
        for body in HANDLES[handler](message):
            await stream.publish(out, body, headers=described)
        await message.ack()

    async for messages in batches(client, server, ready):
        await asyncio.gather(*map(handle, messages))


async def unconfirmed(handler: str, server: Server, ready: Ready) -> None:
    """Acknowledges at once: what the stream refuses, or never gets, is lost."""
    client, out = await connect(server)
    described = headers(handler)

    async def publish(message: Msg) -> None:
        for body in HANDLES[handler](message):
            await client.publish(out, body, headers=described)
        await message.ack()

    await pushed(client, server, publish)
    ready()
    await asyncio.Event().wait()


async def faststream_workers(handler: str, server: Server, ready: Ready) -> None:
    """The same with many handlers at a time."""
    await faststream(handler, server, ready, max_workers=WORKERS)


async def faststream(
    handler: str, server: Server, ready: Ready, max_workers: int | None = None
) -> None:
    """Batches, confirmed publishing, acknowledgement by its middleware after the handler."""
    from faststream.nats import NatsBroker, NatsMessage, PullSub

    broker = NatsBroker(server.url, logger=None)
    stream = server.details["stream"]
    attach = broker.subscriber(
        "in",
        stream=stream,
        durable="bench",
        pull_sub=PullSub(batch_size=BATCH),
        max_workers=max_workers,
    )
    to_out = broker.publisher("out", stream=stream, headers=headers(handler))

    async def reply(body: bytes, message: NatsMessage) -> None:
        await broker.publish(body, message.headers[REPLY_TO])

    await framework.serve(handler, broker, attach, to_out, reply, ready)


class JetStream(NatsContest):
    """A nats-server with one stream, on disk."""

    name = "JetStream"
    file = "jetstream"
    guarantee = "at least once: acknowledged when the copy is confirmed"
    programs: ClassVar[dict[str, Program]] = {
        "asyncio": push,
        f"asyncio{UVLOOP}": push,
        "asyncio, publish_async": push_async,
        "asyncio, pull": pull,
        "asyncio, unconfirmed": unconfirmed,
        "FastStream": faststream,
        "FastStream, 64 workers": faststream_workers,
    }

    @contextmanager
    def serve(self) -> Iterator[Server]:
        from measure.server import STREAM, running_server  # as in core_nats.py

        with running_server("in", "out", max_bytes=KEPT) as server:
            url = f"nats://127.0.0.1:{server.port}"
            client = {"url": url, "stream": {"name": STREAM}}
            yield Server(url, client, server.process, {"port": server.port, "stream": STREAM})

    def others(self) -> dict[str, Contestant]:
        variants: dict[str, Any] = {"handlers": (ECHO,), "largest": KIB}  # to compare ways
        return {
            "asyncio": self.native("asyncio"),
            f"asyncio{UVLOOP}": self.native(f"asyncio{UVLOOP}", **variants),
            "asyncio, publish_async": self.native("asyncio, publish_async", **variants),
            "asyncio, pull": self.native("asyncio, pull", **variants),
            "asyncio, unconfirmed": self.native("asyncio, unconfirmed", **variants, loses=True),
            "FastStream": self.native("FastStream"),
            "FastStream, 64 workers": self.native("FastStream, 64 workers", **variants),
            **jco(),
        }


CONTEST: Contest = JetStream()
