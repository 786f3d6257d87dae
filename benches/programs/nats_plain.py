"""Echo on NATS by a plain nats-py program: "in" to "out". Arguments: WAY URL.

It says READY on standard output, and runs until it is told to end.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable

import nats
from nats.aio.client import Client
from nats.aio.msg import Msg

HEADERS = {"content-type": "application/json", "k": "v"}
"""What the guest of the benchmarks puts on its messages."""
BATCH = 100


async def core(client: Client) -> None:
    """Publish what arrives."""

    async def echo(message: Msg) -> None:
        await client.publish("out", message.data)

    await client.subscribe("in", cb=echo, pending_msgs_limit=0, pending_bytes_limit=0)


async def core_headers(client: Client) -> None:
    """Publish what arrives, with the headers the guest adds."""

    async def echo(message: Msg) -> None:
        await client.publish("out", message.data, headers=HEADERS)

    await client.subscribe("in", cb=echo, pending_msgs_limit=0, pending_bytes_limit=0)


async def push(client: Client) -> None:
    """JetStream: publish without waiting for the confirmation, then acknowledge."""

    async def echo(message: Msg) -> None:
        await client.publish("out", message.data)
        await message.ack()

    await client.jetstream().subscribe("in", durable="plain", cb=echo, manual_ack=True)


async def pull(client: Client) -> None:
    """JetStream: take batches, wait for the confirmations of all publishes, then acknowledge."""
    stream = client.jetstream()
    subscription = await stream.pull_subscribe("in", durable="plain")

    async def echo(message: Msg) -> None:
        await stream.publish("out", message.data)
        await message.ack()

    async def forever() -> None:
        while True:
            try:
                messages = await subscription.fetch(BATCH, timeout=1)
            except nats.errors.TimeoutError:
                continue
            await asyncio.gather(*map(echo, messages))

    RUNNING.append(asyncio.ensure_future(forever()))


RUNNING: list[asyncio.Future[None]] = []
WAYS: dict[str, Callable[[Client], Awaitable[None]]] = {
    "core": core,
    "core-headers": core_headers,
    "push": push,
    "pull": pull,
}


async def main() -> None:
    """Echo until the end."""
    client = await nats.connect(sys.argv[2])
    await WAYS[sys.argv[1]](client)
    await client.flush()
    print("READY", flush=True)
    await (RUNNING[0] if RUNNING else asyncio.Event().wait())


if __name__ == "__main__":
    asyncio.run(main())
