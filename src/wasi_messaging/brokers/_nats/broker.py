"""What ``nats:`` and ``embedded:`` have in common: everything but where the server is."""

from __future__ import annotations

import abc
import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from ...abc import (
    Broker,
    BrokerSettings,
    Completion,
    Delivery,
    Receiver,
    Start,
    Subscription,
)
from ...errors import BrokerError, BrokerUnavailableError, MessageRejectedError
from ...message import Message
from .. import subjects
from . import headers as wire
from . import stream
from .capabilities import CORE, stream_capabilities, with_stream
from .consumers import Consumer
from .core import CoreDelivery, CoreSubscription
from .delivery import StreamDelivery
from .errors import not_stored
from .link import Link
from .pull import PullSubscription
from .room import Room
from .settings import StreamSettings
from .target import Target

log = logging.getLogger("wasi_messaging.brokers.nats")

MAX_TOPIC = 1024
"""Bytes of a topic. The protocol's line of 4,096 also holds reply addresses and API calls."""
MAX_KNOWN_TOPICS = 10_000
MAX_STORED_HEADERS = 2**16 - 1
"""Bytes of headers that a stream stores with a message."""


class NatsProtocolBroker(Broker):
    """A connection to NATS; core or JetStream."""

    prefix: ClassVar[str] = ""
    """Stands before every topic on the wire; not seen outside."""
    pending: tuple[int, int] = (512 * 1024, 128 * 2**20)
    """Messages and bytes that a plain subscription holds when it is not keeping up."""

    def __init__(self, settings: BrokerSettings, stream_settings: StreamSettings | None) -> None:
        super().__init__(settings)
        self.stream = stream_settings
        self.capabilities = stream_capabilities(stream_settings) if stream_settings else CORE
        self._link: Link | None = None
        self._topics: dict[str, bytes] = {}

    # -- what a kind of NATS broker decides for itself --------------------------------------------

    @property
    @abc.abstractmethod
    def address(self) -> str:
        """Where it is, without credentials."""

    @abc.abstractmethod
    async def reach(self) -> Target:
        """Where to connect, and as whom."""

    async def prepare(self, link: Link, settings: StreamSettings) -> None:
        """Have the stream."""
        config = await stream.attach(link, settings)
        self.learn(config)
        if not self.prefix:
            link.confirms.stored = tuple(config.get("subjects") or ())

    def learn(self, config: dict[str, Any]) -> None:
        """Claim what the stream can do as it is."""
        self.capabilities = with_stream(self.capabilities, config)

    def changed(self, *, connected: bool) -> None:
        """Take notice that the connection was lost, or is back."""

    # -- connection -------------------------------------------------------------------------------

    async def open(self) -> None:
        link = Link(await self.reach(), on_change=self.changed)
        await link.open()
        self._link = link
        try:
            self.capabilities = replace(self.capabilities, max_message_size=link.max_payload)
            if self.stream is not None:
                await self.prepare(link, self.stream)
        except BaseException:
            await self.close()
            raise
        log.info("connected: %s", self.summary())

    async def close(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            await link.close()

    @property
    def server_id(self) -> str | None:
        """What the connected server calls itself."""
        return None if self._link is None else self._link.client.server_id

    @property
    def connected(self) -> bool:
        return self._link is not None and self._link.client.is_connected

    @property
    def connection_losses(self) -> int:
        return 0 if self._link is None else self._link.losses

    @property
    def unconfirmed(self) -> int:
        return 0 if self._link is None else len(self._link.confirms)

    def _connected(self) -> Link:
        link = self._link
        if link is None:
            raise BrokerUnavailableError(f"{self.address} is not open")
        link.check()
        return link

    # -- messages ---------------------------------------------------------------------------------

    def publish(
        self, topic: str, message: Message, deduplication_id: str | None = None
    ) -> Completion:
        link = self._link
        if link is None or not link.client.is_connected:
            link = self._connected()  # which says what is wrong
        subject = self._topics.get(topic) or self._subject(topic)
        if self.stream is None:
            block = self._block(link.max_payload, message)
            sent = link.client.send(subject, message.data, block)
            return None if sent is None else Room(link, topic, sent)
        block = self._block(link.max_payload, message, None, deduplication_id, stored=True)
        return link.confirms.publish(topic, subject, message.data, block)

    def check(
        self, topic: str | None, message: Message, deduplication_id: str | None = None
    ) -> None:
        if topic is not None and topic not in self._topics:
            self._subject(topic)
        limit = self._link.max_payload if self._link else self.capabilities.max_message_size
        stored = topic is not None and self.stream is not None
        self._block(limit, message, None, deduplication_id if stored else None, stored=stored)

    def _subject(self, topic: str) -> bytes:
        self.validate_topic(topic)
        if len(self._topics) >= MAX_KNOWN_TOPICS:
            self._topics.clear()
        subject = self._topics[topic] = f"{self.prefix}{topic}".encode()
        return subject

    def _block(
        self,
        limit: int | None,
        message: Message,
        reply_to: str | None = None,
        message_id: str | None = None,
        *,
        stored: bool = False,
    ) -> bytes:
        block = wire.encode(message, reply_to, message_id)
        if stored and len(block) > MAX_STORED_HEADERS:
            raise MessageRejectedError(
                f"headers of {len(block):,} bytes are over the {MAX_STORED_HEADERS:,} that "
                f"{self.address} stores"
            )
        size = len(message.data) + len(block)
        if limit is not None and size > limit:
            raise MessageRejectedError(
                f"a message of {size:,} bytes (body {len(message.data):,}, headers {len(block):,}) "
                f"is over the {limit:,} bytes that {self.address} takes (max_payload)"
            )
        return block

    async def declare(self, pattern: str, group: str) -> None:
        self.validate_pattern(pattern)
        link = self._connected()
        if self.stream is None:
            raise BrokerError(
                "core NATS keeps nothing for a group without members; give the client a stream"
            )
        stored = link.confirms.stored
        if stored and not stream.covered(pattern, stored):
            raise not_stored(pattern, stored)
        subject = f"{self.prefix}{pattern}"
        await Consumer(link, self.stream, subject, group, "all", declared=True).ensure()

    async def subscribe(
        self, pattern: str, receive: Receiver, *, group: str | None, prefetch: int, start: Start
    ) -> Subscription:
        self.validate_pattern(pattern)
        link = self._connected()
        if self.stream is not None:
            consumer = Consumer(link, self.stream, f"{self.prefix}{pattern}", group, start)
            pulling = PullSubscription(consumer, self.prefix, receive, prefetch)
            await pulling.start()
            return pulling
        if start == "all":
            raise MessageRejectedError(
                "core NATS stores nothing to start from; use 'new', or give the client a stream"
            )
        if group is not None and not _plain_name(group):
            raise MessageRejectedError(f"group {group!r}: a NATS queue group has no white space")
        plain = CoreSubscription(link, pattern, receive, prefetch, self.pending)
        await plain.start(group)
        return plain

    async def request(
        self,
        topic: str,
        message: Message,
        *,
        timeout: float,
        expected: int,
        max_size: int | None = None,
    ) -> list[Message]:
        link = self._connected()
        subject = self._topics.get(topic) or self._subject(topic)
        address, reply = link.requests.expect(topic, subject, expected, max_size)
        ends = asyncio.get_running_loop().time() + timeout
        try:
            if self.stream is None:
                block = self._block(link.max_payload, message)
                sent = link.client.send(subject, message.data, block, address)
            else:
                block = self._block(link.max_payload, message, address.decode(), stored=True)
                sent = link.confirms.publish(topic, subject, message.data, block)
            if sent is not None:
                async with asyncio.timeout(timeout):
                    await sent
        except TimeoutError:
            pass  # what has arrived by then is still collected
        except BaseException:
            link.requests.forget(address)
            raise
        left = ends - asyncio.get_running_loop().time()
        return await link.requests.collect(address, reply, max(left, 0.0))

    def reply(self, delivery: Delivery, message: Message) -> Completion:
        if not isinstance(delivery, CoreDelivery | StreamDelivery) or not delivery.reply_to:
            return None
        link = self._connected()
        block = self._block(link.max_payload, message)
        sent = link.client.send(delivery.reply_to, message.data, block)
        return None if sent is None else Room(link, delivery.message.topic or "", sent)

    # -- topics -----------------------------------------------------------------------------------

    def matches(self, pattern: str, topic: str) -> bool:
        return subjects.matches(pattern, topic)

    def matcher(self, patterns: Sequence[str]) -> Callable[[str], bool]:
        return subjects.matcher(patterns)

    def validate_topic(self, topic: str) -> None:
        subjects.validate_topic(topic)
        _check(topic, "topic")
        if not self.prefix and topic.split(".", 1)[0] in ("$JS", "$SYS"):
            raise MessageRejectedError(f"topic {topic!r}: $JS and $SYS are the server's own")

    def validate_pattern(self, pattern: str) -> None:
        subjects.validate_pattern(pattern)
        _check(pattern, "pattern")


def _check(text: str, what: str) -> None:
    """The parts of a subject that only a real server minds."""
    size = len(text.encode())
    if size > MAX_TOPIC:
        raise MessageRejectedError(f"a {what} of {size:,} bytes is over the limit of {MAX_TOPIC:,}")
    for token in text.split("."):
        if token not in ("*", ">") and ("*" in token or ">" in token):
            raise MessageRejectedError(f"{what} {text!r}: '*' and '>' stand for whole tokens only")


def _plain_name(name: str) -> bool:
    return name.isprintable() and not any(char.isspace() for char in name)
