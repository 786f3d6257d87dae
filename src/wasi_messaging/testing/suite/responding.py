"""Somebody who answers requests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ...abc import Broker, Delivery
from ...message import Message
from .base import SuiteBase
from .inbox import Inbox, done


class Responding(SuiteBase):
    """What the tests of requests and of replies share."""

    @asynccontextmanager
    async def responder(
        self,
        broker: Broker,
        *replies: Message,
        delay: float = 0.0,
        group: str | None = "responder",
    ) -> AsyncIterator[Inbox]:
        """Answer every message of this test's topic with all of these."""
        inbox = Inbox()
        answers: set[asyncio.Task[None]] = set()

        async def answer(delivery: Delivery) -> None:
            await asyncio.sleep(delay)
            for reply in replies:
                await done(broker.reply(delivery, reply))
            await done(delivery.ack())

        def receive(delivery: Delivery) -> None:
            inbox(delivery)
            answers.add(asyncio.ensure_future(answer(delivery)))

        subscription = await broker.subscribe(
            self.topic("ask"), receive, group=group, prefetch=100, start="new"
        )
        try:
            yield inbox
        finally:
            await subscription.stop()
            await asyncio.gather(*answers)
