"""Requests: each gets its own reply, or an error in time."""

from __future__ import annotations

import asyncio

import pytest

from ...errors import BrokerTimeoutError, BrokerUnavailableError
from ...message import Message
from .inbox import done
from .responding import Responding


class RequestTests(Responding):
    """Every request gets its own replies, or an error in time."""

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

    async def test_a_reply_to_who_waits_no_more(self) -> None:
        """Is no error for the responder; whether the asker met its timeout or was cancelled."""
        self.needs("request_reply")
        async with self.connections() as (broker,):
            inbox, _ = await self.attach(broker, "ask", ack=False)

            def ask(timeout: float) -> asyncio.Future[list[Message]]:
                request = broker.request(
                    self.topic("ask"), Message(b""), timeout=timeout, expected=1
                )
                return asyncio.ensure_future(request)

            late = ask(self.quiet)
            first = await inbox.take(self.timeout)
            with pytest.raises(BrokerTimeoutError):
                await late
            cancelled = ask(self.timeout)
            second = await inbox.take(self.timeout)
            cancelled.cancel()
            with pytest.raises(asyncio.CancelledError):
                await cancelled

            answered = ask(self.timeout)
            third = await inbox.take(self.timeout)
            for delivery, body in ((first, b"1"), (second, b"2"), (third, b"3")):
                await done(broker.reply(delivery, Message(body)))
                await done(delivery.ack())
            assert [reply.data for reply in await answered] == [b"3"]

    async def test_without_time_it_is_published_all_the_same(self) -> None:
        """A timeout of 0 is over at once; the responder gets the message."""
        self.needs("request_reply")
        async with self.connections() as (broker,):
            inbox, _ = await self.attach(broker, "ask")
            with pytest.raises(BrokerTimeoutError, match="within 0 s"):
                await broker.request(self.topic("ask"), Message(b"0"), timeout=0, expected=1)
            assert (await inbox.take(self.timeout)).message.data == b"0"

    async def test_many_requests_at_once(self) -> None:
        """A thousand are under way; each gets its own reply, though the last is answered first."""
        self.needs("request_reply")
        count = 1000
        async with self.connections() as (broker,):
            inbox, _ = await self.attach(broker, "ask", prefetch=count, ack=False)

            async def ask(body: bytes) -> bytes:
                (reply,) = await broker.request(
                    self.topic("ask"), Message(body), timeout=self.timeout, expected=1
                )
                return reply.data

            bodies = [b"%d" % number for number in range(count)]
            asking = asyncio.gather(*map(ask, bodies))
            await inbox.reach(count, self.timeout)
            for delivery in reversed(inbox.deliveries):
                await done(broker.reply(delivery, Message(delivery.message.data)))
                await done(delivery.ack())
            assert await asking == bodies
