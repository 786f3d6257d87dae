"""Contestant: wasmtime for Python and nats-py, on core NATS. Arguments: COMPONENT URL.

It says READY on standard output when messages may come, and runs until it is told to end.
"""

from __future__ import annotations

import asyncio
import sys

import nats
from nats.aio.msg import Msg
from wasmtime_guest import Guest, Message


async def main() -> None:
    """Give the guest each message, then publish what it sent."""
    component, url = sys.argv[1:]
    outgoing: list[tuple[str, Message]] = []
    replies: list[Message] = []
    guest = Guest(component, lambda *sent: outgoing.append(sent), replies.append)
    client = await nats.connect(url, skip_subject_validation=True)

    async def handle(message: Msg) -> None:
        guest.handle(Message(message.data, message.subject))
        outgoing.extend((message.reply, reply) for reply in replies)
        for topic, sent in outgoing:
            await client.publish(topic, sent.data, headers=headers(sent))
        outgoing.clear()
        replies.clear()

    await client.subscribe("in", cb=handle, pending_msgs_limit=0, pending_bytes_limit=0)
    await client.flush()
    print("READY", flush=True)
    await asyncio.Event().wait()


def headers(message: Message) -> dict[str, str] | None:
    """What describes a message, as headers; without any it is a plain one."""
    found = {} if message.content_type is None else {"content-type": message.content_type}
    found.update(message.metadata or ())
    return found or None


if __name__ == "__main__":
    asyncio.run(main())
