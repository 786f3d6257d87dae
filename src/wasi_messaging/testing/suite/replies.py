"""Replies: how many of them, from whom, and what they carry."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

import pytest

from ...errors import MessageRejectedError
from ...message import Message, Metadata
from .inbox import done
from .responding import Responding


class ReplyTests(Responding):
    """As many as expected arrive, as they were sent."""

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

    async def test_several_responders(self) -> None:
        """Without a group each gets the request, and the replies of all are collected."""
        self.needs("request_reply")
        async with (
            self.connections(3) as (broker, one, other),
            self.responder(one, Message(b"one"), group=None),
            self.responder(other, Message(b"other"), group=None),
        ):
            got = await broker.request(
                self.topic("ask"), Message(b""), timeout=self.timeout, expected=2
            )
            assert sorted(reply.data for reply in got) == [b"one", b"other"]

    async def test_one_of_a_group_responds(self) -> None:
        """However many members it has."""
        self.needs("request_reply", "groups")
        async with (
            self.connections(3) as (broker, one, other),
            self.responder(one, Message(b"re")),
            self.responder(other, Message(b"re")),
        ):
            got = await broker.request(
                self.topic("ask"), Message(b""), timeout=self.quiet, expected=2
            )
            assert [reply.data for reply in got] == [b"re"]

    @pytest.mark.parametrize("content_type", [None, "", "text/plain"])
    @pytest.mark.parametrize("metadata", [None, (("key", ""), ("key", "é"))])
    async def test_a_reply_with_next_to_nothing(
        self, content_type: str | None, metadata: Metadata | None
    ) -> None:
        """An empty body is a reply; what else it has arrives as it was, or is refused."""
        self.needs("request_reply")
        reply = Message(b"", content_type, metadata)
        async with self.connections(2) as (one, other):
            inbox, _ = await self.attach(other, "ask")
            request = one.request(self.topic("ask"), Message(b""), timeout=self.timeout, expected=1)
            asking = asyncio.ensure_future(request)
            delivery = await inbox.take(self.timeout)
            try:
                await done(other.reply(delivery, reply))
            except MessageRejectedError:
                claims = other.capabilities
                assert (content_type is not None and not claims.content_type) or (
                    metadata is not None and not claims.duplicate_metadata_keys
                )
                reply = Message(b"")
                await done(other.reply(delivery, reply))
            (got,) = await asking
            assert (got.data, got.content_type, got.metadata, got.topic) == (
                reply.data,
                reply.content_type,
                reply.metadata,
                None,
            )

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

    async def test_replies_that_are_too_large_together(self) -> None:
        """End the request with an error that names the limit; the next one is not touched."""
        self.needs("request_reply")
        replies = [Message(bytes(1000)) for _ in range(4)]
        async with self.connections() as (broker,), self.responder(broker, *replies):

            def ask(expected: int) -> Awaitable[list[Message]]:
                return broker.request(
                    self.topic("ask"),
                    Message(b""),
                    timeout=self.timeout,
                    expected=expected,
                    max_size=4000,
                )

            with pytest.raises(MessageRejectedError, match="are over 4,000 bytes together"):
                await ask(2**32 - 1)
            assert len(await ask(3)) == 3
