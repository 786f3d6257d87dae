"""Helpers for test suites that run components, or test a broker.

:mod:`~wasi_messaging.testing.proxy` has a network that misbehaves on demand,
:mod:`~wasi_messaging.testing.servers` has real servers, and :mod:`~wasi_messaging.testing.suite` is
what every broker passes.

``memory:`` clients have the semantics of a server, so what holds in a test on them holds on one.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

from ..abc import Broker, Delivery
from ..message import Message

__all__ = ["Collected", "collect"]


class Collected:
    """The messages that arrived so far, oldest first; acknowledged as they come."""

    def __init__(self) -> None:
        self._messages: list[Message] = []
        self._arrived = asyncio.Event()
        self._acks: set[asyncio.Future[None]] = set()

    def __len__(self) -> int:
        return len(self._messages)

    def __iter__(self) -> Iterator[Message]:
        return iter(self._messages)

    def __getitem__(self, index: int) -> Message:
        return self._messages[index]

    async def wait(self, count: int, timeout: float = 5.0) -> list[Message]:
        """Return the messages once there are ``count``.

        Raises:
            TimeoutError: there were not as many after ``timeout`` seconds; says how many.
        """
        try:
            async with asyncio.timeout(timeout):
                while len(self._messages) < count:
                    self._arrived.clear()
                    await self._arrived.wait()
        except TimeoutError:
            have = len(self._messages)
            raise TimeoutError(f"{have} of {count} messages after {timeout:g} s") from None
        return list(self._messages)

    def receive(self, delivery: Delivery) -> None:
        """Take a delivery and acknowledge it."""
        self._messages.append(delivery.message)
        self._arrived.set()
        completion = delivery.ack()
        if completion is not None:
            self._acks.add(asyncio.ensure_future(completion))


@asynccontextmanager
async def collect(
    broker: Broker, pattern: str, *, prefetch: int = 1000
) -> AsyncIterator[Collected]:
    """Collect every message published to ``pattern`` while the context is open."""
    collected = Collected()
    subscription = await broker.subscribe(
        pattern, collected.receive, group=None, prefetch=prefetch, start="new"
    )
    try:
        yield collected
    finally:
        await subscription.stop()
