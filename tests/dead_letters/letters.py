"""Letters, and where they wait."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import replace
from uuid import uuid4

from wasi_messaging import Message
from wasi_messaging.abc import Broker
from wasi_messaging.brokers.memory import MemoryBroker, MemorySettings
from wasi_messaging.brokers.nats import NatsBroker, NatsSettings
from wasi_messaging.dead_letters import GROUP, DeadLetters, Story
from wasi_messaging.delivery.letters import write
from wasi_messaging.testing.servers import NatsServer

QUIET = 0.3
STORY = Story(
    dead_letter="",
    client="default",
    topic="in",
    component="alerts",
    group="alerts",
    attempts=3,
    outcome="trap",
    reason="unreachable",
    first_time="2026-01-01T00:00:00.000Z",
    last_time="",
    host="attic",
    version="0.1.0",
)


class Connect:
    """Opens connections to one broker, which is empty at first.

    Attributes:
        name: the first token of its topics.
    """

    def __init__(self, stack: AsyncExitStack, server: NatsServer | None) -> None:
        self.name = uuid4().hex
        self._stack = stack
        self._server = server

    async def __call__(self, lease: float = 30.0) -> Broker:
        """One more connection; it is closed at the end."""
        return await self._stack.enter_async_context(self._make(lease))

    def _make(self, lease: float) -> Broker:
        if self._server is None:
            return MemoryBroker(MemorySettings(url=f"memory:{self.name}", lease=lease))
        stream = {
            "name": self.name,
            "subjects": [f"{self.name}.>"],
            "create": True,
            "ack_wait": lease,
        }
        settings = {"url": self._server.url, "stream": stream}
        return NatsBroker(NatsSettings.model_validate(settings))


def letter(number: int, original: str = "in", data: bytes | None = None) -> Message:
    """The number tells its time too."""
    story = replace(
        STORY,
        dead_letter=f"{number:012x}",
        topic=original,
        last_time=f"2026-01-01T00:00:{number % 60:02}.000Z",
    )
    message = Message(
        data if data is not None else str(number).encode(), "text/plain", (("k", "1"), ("k", "2"))
    )
    return write(message, story)


async def publish(broker: Broker, topic: str, *messages: Message) -> None:
    """Have them wait in the queue of the letters."""
    await broker.declare(topic, GROUP)
    for message in messages:
        completion = broker.publish(topic, message)
        if completion is not None:
            await completion


async def waiting(broker: Broker, topic: str) -> list[str]:
    """The bodies of the letters that others see."""
    async with DeadLetters(broker, topic) as letters:
        return [item.message.data.decode() for item in await letters.fetch(1000, quiet=QUIET)]
