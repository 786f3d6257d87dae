"""What a message carries from publisher to subscriber: body, content type, metadata."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence

import pytest

from ...errors import MessageRejectedError
from ...message import Message
from .base import SuiteBase
from .inbox import done

AWKWARD: Sequence[tuple[str, str]] = (
    ("key", ""),
    ("key", "with: colon"),
    ("key", "a  b\tc"),
    ("key", " leading"),
    ("key", "trailing "),
    ("key", "\u00a0no break space"),
    ("key", "two\nlines"),
    ("key", "two\r\nlines: injected"),
    ("key", "a\rb"),
    ("key", "nul\x00nul"),
    ("key", "\x1bescape"),
    ("key", "Grüße, мир, 😀"),
    ("key", "\u2028separator"),
    ("key", "x" * 10_000),
    ("Key-With_Case.1", "value"),
    ("", "value"),
    ("two words", "value"),
    ("key:", "value"),
    (" key", "value"),
    ("ключ", "value"),
    ("key\r\n", "value"),
    ("key\x00", "value"),
    ("content-type", "text/plain"),
    ("Content-Type", "text/plain"),
    ("wasi-messaging-reply-to", "somewhere"),
    ("Nats-Msg-Id", "1"),
    ("Nats-Rollup", "all"),
    ("Status", "503"),
)
"""Metadata that some wire formats cannot carry."""


class MessageTests(SuiteBase):
    """Whatever is published arrives as it was, or is refused."""

    @pytest.mark.parametrize("size", ["empty", "every byte", "large"])
    async def test_body_arrives_as_it_was(self, size: str) -> None:
        """Bodies are bytes: any, and as many as allowed up to a mebibyte."""
        async with self.connections() as (broker,):
            limit = broker.capabilities.max_message_size
            large = 2**20 if limit is None else min(2**20, limit)
            bodies = {
                "empty": b"",
                "every byte": bytes(range(256)) * 4,
                "large": (bytes(range(256)) * 4096)[:large],
            }
            inbox, _ = await self.attach(broker, "a")
            await self.publish(broker, bodies[size], "a")
            message = (await inbox.take(self.timeout)).message
            assert message.data == bodies[size]
            assert message.topic == self.topic("a")

    async def test_content_type(self) -> None:
        """It is carried, or refused; its absence is carried too."""
        async with self.connections() as (broker,):
            inbox, _ = await self.attach(broker, "a")
            if broker.capabilities.content_type:
                await self.publish(
                    broker, b"1", "a", content_type="application/json; charset=utf-8"
                )
                first = await inbox.take(self.timeout)
                assert first.message.content_type == "application/json; charset=utf-8"
            else:
                with pytest.raises(MessageRejectedError):
                    await self.publish(broker, b"1", "a", content_type="text/plain")
            await self.publish(broker, b"2", "a")
            assert (await inbox.take(self.timeout)).message.content_type is None

    async def test_metadata_keeps_its_order(self) -> None:
        """Pairs arrive in the order they were given."""
        pairs = (("z", "1"), ("a", "2"), ("M", "3"), ("m", "4"))
        async with self.connections() as (broker,):
            inbox, _ = await self.attach(broker, "a")
            if not broker.capabilities.metadata:
                with pytest.raises(MessageRejectedError):
                    await self.publish(broker, b"", "a", metadata=pairs)
                return
            await self.publish(broker, b"", "a", content_type="x/y", metadata=pairs)
            assert (await inbox.take(self.timeout)).message.metadata == pairs

    async def test_metadata_with_a_key_twice(self) -> None:
        """It is carried, or refused; never thinned out."""
        self.needs("metadata")
        pairs = (("a", "1"), ("b", "2"), ("a", "3"), ("a", "1"))
        async with self.connections() as (broker,):
            inbox, _ = await self.attach(broker, "a")
            if broker.capabilities.duplicate_metadata_keys:
                await self.publish(broker, b"", "a", metadata=pairs)
                assert (await inbox.take(self.timeout)).message.metadata == pairs
            else:
                with pytest.raises(MessageRejectedError):
                    await self.publish(broker, b"", "a", metadata=pairs)

    @pytest.mark.parametrize(("key", "value"), AWKWARD)
    async def test_awkward_metadata_is_exact_or_refused(self, key: str, value: str) -> None:
        """What cannot be carried makes the call fail, and nothing arrives."""
        self.needs("metadata")
        async with self.connections() as (broker,):
            inbox, _ = await self.attach(broker, "a")
            pairs = (("before", "1"), (key, value), ("after", "2"))
            try:
                await self.publish(broker, b"awkward", "a", metadata=pairs)
            except MessageRejectedError as error:
                with pytest.raises(MessageRejectedError, match=re.escape(str(error))):
                    broker.check(self.topic("a"), Message(b"awkward", None, pairs))
            else:
                broker.check(self.topic("a"), Message(b"awkward", None, pairs))
                assert (await inbox.take(self.timeout)).message.metadata == pairs
            await self.publish(broker, b"fence", "a")
            assert (await inbox.take(self.timeout)).message.data == b"fence"

    @pytest.mark.parametrize(
        "message",
        [
            Message(b"", "text/\udc80"),
            Message(b"", None, (("key", "\ud800"),)),
            Message(b"", None, (("\udfff\ud800", "value"),)),
        ],
        ids=["content type", "value", "key"],
    )
    async def test_what_is_no_text_is_refused(self, message: Message) -> None:
        """Python has strings that no guest can be given."""
        async with self.connections() as (broker,):
            inbox, _ = await self.attach(broker, "a")
            with pytest.raises(MessageRejectedError):
                broker.check(self.topic("a"), message)
            with pytest.raises(MessageRejectedError):
                await done(broker.publish(self.topic("a"), message))
            await self.publish(broker, b"fence", "a")
            assert (await inbox.take(self.timeout)).message.data == b"fence"

    async def test_no_metadata_is_none(self) -> None:
        """A message for which nobody set metadata has none."""
        async with self.connections() as (broker,):
            inbox, _ = await self.attach(broker, "a")
            await self.publish(broker, b"", "a")
            assert (await inbox.take(self.timeout)).message.metadata is None

    async def test_too_large_is_refused(self) -> None:
        """The error names the limit, and the connection lives on."""
        async with self.connections() as (broker,):
            limit = broker.capabilities.max_message_size
            if limit is None:
                pytest.skip("claims no limit")
            inbox, _ = await self.attach(broker, "a")
            with pytest.raises(MessageRejectedError, match=f"{limit:,}"):
                broker.check(self.topic("a"), Message(bytes(limit + 1)))
            with pytest.raises(MessageRejectedError, match=f"{limit:,}"):
                await self.publish(broker, bytes(limit + 1), "a")
            await self.publish(broker, b"small", "a")
            assert (await inbox.take(self.timeout)).message.data == b"small"

    async def test_a_check_publishes_nothing(self) -> None:
        """And what it lets pass can be published."""
        async with self.connections() as (broker,):
            inbox, _ = await self.attach(broker, "a")
            message = Message(b"x", "text/plain" if broker.capabilities.content_type else None)
            broker.check(self.topic("a"), message)
            await asyncio.sleep(self.quiet)
            assert not inbox.bodies
            await done(broker.publish(self.topic("a"), message))
            await inbox.reach(1, self.timeout)
