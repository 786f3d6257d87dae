"""Request and reply."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from ...abc import Broker, Delivery
from ...errors import BrokerTimeoutError, BrokerUnavailableError, MessageRejectedError
from ...message import Message
from .base import SuiteBase
from .inbox import Inbox, done


class RequestTests(SuiteBase):
    """Every request gets its own replies, as many as expected, or an error in time."""

    @asynccontextmanager
    async def responder(
        self, broker: Broker, *replies: Message, delay: float = 0.0
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
            self.topic("ask"), receive, group="responder", prefetch=100, start="new"
        )
        try:
            yield inbox
        finally:
            await subscription.stop()
            await asyncio.gather(*answers)

    async def test_request_and_reply(self) -> None:
        """Request and reply carry all that a message does, and the reply address stays hidden."""
        self.needs("request_reply")
        reply = Message(b"pong", "text/plain", (("k", "1"), ("j", "2")))
        async with (
            self.connections(2) as (one, other),
            self.responder(other, reply) as asked,
        ):
            request = Message(b"ping", "text/html", (("a", "1"),))
            replies = await one.request(
                self.topic("ask"), request, timeout=self.timeout, expected=1
            )
            assert [(r.data, r.content_type, r.metadata) for r in replies] == [
                (b"pong", "text/plain", (("k", "1"), ("j", "2")))
            ]
            message = asked.deliveries[0].message
            assert (message.data, message.content_type) == (b"ping", "text/html")
            assert message.metadata == (("a", "1"),)
            assert message.topic == self.topic("ask")

    async def test_several_replies(self) -> None:
        """As many as expected, no more."""
        self.needs("request_reply")
        replies = [Message(b"%d" % number) for number in range(5)]
        async with self.connections() as (broker,), self.responder(broker, *replies):
            got = await broker.request(
                self.topic("ask"), Message(b""), timeout=self.timeout, expected=3
            )
            assert [reply.data for reply in got] == [b"0", b"1", b"2"]

    async def test_fewer_replies_than_expected(self) -> None:
        """Those that came in time are the result."""
        self.needs("request_reply")
        async with self.connections() as (broker,), self.responder(broker, Message(b"only")):
            got = await broker.request(
                self.topic("ask"), Message(b""), timeout=self.quiet, expected=2
            )
            assert [reply.data for reply in got] == [b"only"]

    async def test_a_late_reply_is_discarded(self) -> None:
        """The request times out, and the next one does not get its reply."""
        self.needs("request_reply")
        async with self.connections() as (broker,):
            async with self.responder(broker, Message(b"late"), delay=self.quiet):
                with pytest.raises(BrokerTimeoutError):
                    await broker.request(
                        self.topic("ask"), Message(b""), timeout=self.quiet / 10, expected=1
                    )
            async with self.responder(broker, Message(b"fresh")):
                got = await broker.request(
                    self.topic("ask"), Message(b""), timeout=self.timeout, expected=1
                )
                assert [reply.data for reply in got] == [b"fresh"]

    async def test_nobody_replies(self) -> None:
        """Unavailable where the broker can tell that nobody listens, else a timeout."""
        self.needs("request_reply")
        async with self.connections() as (broker,):
            with pytest.raises((BrokerTimeoutError, BrokerUnavailableError)):
                await broker.request(
                    self.topic("ask"), Message(b""), timeout=self.quiet, expected=1
                )

    async def test_reply_to_what_was_no_request(self) -> None:
        """Does nothing."""
        async with self.connections() as (broker,), self.responder(broker, Message(b"re")) as asked:
            await self.publish(broker, b"", "ask")
            await asked.reach(1, self.timeout)
            await done(broker.reply(asked.deliveries[0], Message(b"re")))

    async def test_a_reply_is_checked_as_it_would_be_sent(self) -> None:
        """One that is too large is refused by both; the next one arrives."""
        self.needs("request_reply")
        async with self.connections() as (broker,):
            limit = broker.capabilities.max_message_size
            if limit is None:
                pytest.skip("claims no limit")
            inbox, _ = await self.attach(broker, "ask", ack=False)
            asking = asyncio.ensure_future(
                broker.request(self.topic("ask"), Message(b""), timeout=self.timeout, expected=1)
            )
            delivery = await inbox.take(self.timeout)
            large = Message(bytes(limit + 1))
            with pytest.raises(MessageRejectedError, match=f"{limit:,}"):
                broker.check(None, large)
            with pytest.raises(MessageRejectedError, match=f"{limit:,}"):
                await done(broker.reply(delivery, large))
            largest = Message(bytes(limit))
            broker.check(None, largest)
            await done(broker.reply(delivery, largest))
            (reply,) = await asking
            assert len(reply.data) == limit

    async def test_many_requests_at_once(self) -> None:
        """Every one gets its own reply."""
        self.needs("request_reply")
        async with self.connections() as (broker,):

            def echo(delivery: Delivery) -> None:
                broker.reply(delivery, Message(delivery.message.data))
                delivery.ack()

            await broker.subscribe(
                self.topic("ask"), echo, group="responder", prefetch=1000, start="new"
            )

            async def ask(body: bytes) -> bytes:
                (reply,) = await broker.request(
                    self.topic("ask"), Message(body), timeout=self.timeout, expected=1
                )
                return reply.data

            bodies = [b"%d" % number for number in range(200)]
            assert await asyncio.gather(*map(ask, bodies)) == bodies
