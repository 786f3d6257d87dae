"""``memory:`` – a broker inside the process, with the semantics of a server.

``memory:`` alone is private to one client. Clients with the same ``memory:NAME`` in one process
reach the same broker. Messages live as long as somebody is connected to it.

Groups are queues: made by their first subscription or by ``declare``, kept while no member is
attached, bounded by ``max_queue``. A full queue makes the publisher wait.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from pydantic import Field

from ..abc import (
    Broker,
    BrokerSettings,
    Capabilities,
    Completion,
    Delivery,
    Receiver,
    Replies,
    Start,
    Subscription,
)
from ..errors import BrokerTimeoutError, BrokerUnavailableError, MessageRejectedError
from ..message import Message
from ..units import Duration, Size
from . import subjects
from ._queues import Bus, Member, QueueDelivery
from ._turns import Turn


class MemorySettings(BrokerSettings):
    """Settings of a ``memory:`` client.

    Attributes:
        lease: seconds after which a message that was not settled comes again.
        max_queue: messages that may wait in one group's queue.
        publish_timeout: seconds a publisher waits for room in a full queue.
        max_message_size: the largest body, in bytes.
    """

    lease: Duration = Field(default=30.0, gt=0)
    max_queue: int = Field(default=100_000, ge=1)
    publish_timeout: Duration = Field(default=10.0, gt=0)
    max_message_size: Size = Field(default=64 * 2**20, ge=1)


class MemoryBroker(Broker):
    """A connection to a broker in this process."""

    settings_type = MemorySettings
    settings: MemorySettings

    def __init__(self, settings: MemorySettings) -> None:
        super().__init__(settings)
        self.capabilities = Capabilities(
            acknowledgement=True,
            shared=False,
            confirms=True,
            groups=True,
            wildcards=True,
            duplicate_metadata_keys=True,
            delayed_nack=True,
            counts_attempts=True,
            request_reply="native",
            ordered=True,
            lease=settings.lease,
            max_message_size=settings.max_message_size,
        )
        self._max_size = settings.max_message_size
        self._bus: Bus | None = None
        self._members: list[Member] = []

    async def open(self) -> None:
        self._bus = Bus.reach(self.name, self.settings.lease, self.settings.max_queue)

    async def close(self) -> None:
        for member in self._members:
            member.hand_back()
        self._members.clear()
        self._bus = None

    @property
    def name(self) -> str:
        """Of the broker in this process; empty: it is this client's own."""
        return self.settings.url.partition(":")[2]

    @property
    def _connected(self) -> Bus:
        if self._bus is None:
            raise BrokerUnavailableError("the memory broker is not open")
        return self._bus

    def publish(
        self, topic: str, message: Message, deduplication_id: str | None = None
    ) -> Completion:
        return self._put(topic, message, None)

    def check(
        self, topic: str | None, message: Message, deduplication_id: str | None = None
    ) -> None:
        if topic is not None and (self._bus is None or topic not in self._bus.routes):
            self.validate_topic(topic)
        self._check(message)

    def _check(self, message: Message) -> None:
        if (flaw := message.flaw) is not None:
            raise MessageRejectedError(flaw)
        if len(message.data) > self._max_size:
            raise MessageRejectedError(
                f"a body of {len(message.data):,} bytes is over the memory broker's limit of "
                f"{self._max_size:,} (max_message_size)"
            )

    async def declare(self, pattern: str, group: str) -> None:
        self.validate_pattern(pattern)
        self._connected.join(pattern, group)

    def _put(self, topic: str, message: Message, replies: Replies | None) -> Completion:
        bus = self._bus or self._connected
        groups = bus.routes.get(topic)
        if groups is None:
            self.validate_topic(topic)
            groups = bus.route(topic)
        if message.metadata or message.content_type or len(message.data) > self._max_size:
            self._check(message)
        arriving = Message(message.data, message.content_type, message.metadata, topic)
        for group in groups:
            if group.line or (len(group.waiting) >= bus.max_queue and group.is_full):
                turn = Turn(groups, arriving, replies)
                return bus.turns.wait(turn, self.settings.publish_timeout)
        bus.put(groups, arriving, replies)
        return None

    async def subscribe(
        self, pattern: str, receive: Receiver, *, group: str | None, prefetch: int, start: Start
    ) -> Subscription:
        self.validate_pattern(pattern)
        if start == "all":
            raise MessageRejectedError("the memory broker stores nothing to start from; use 'new'")
        queue = self._connected.join(pattern, group)
        member = Member(queue, receive, prefetch)
        queue.members.append(member)
        self._members.append(member)
        queue.flow()
        return member

    async def request(
        self,
        topic: str,
        message: Message,
        *,
        timeout: float,
        expected: int,
        max_size: int | None = None,
    ) -> list[Message]:
        self.validate_topic(topic)
        if not self._connected.route(topic):
            raise BrokerUnavailableError(f"nobody listens on {topic!r}")
        replies = Replies(topic, expected, max_size)
        ends = asyncio.get_running_loop().time() + timeout
        waiting = self._put(topic, message, replies)
        if waiting is not None:
            try:
                async with asyncio.timeout(timeout):
                    await waiting
            except TimeoutError:
                raise BrokerTimeoutError(
                    f"no room for a request on {topic!r} within {timeout:g} s"
                ) from None
        left = ends - asyncio.get_running_loop().time()
        return await replies.collect(max(left, 0.0))

    def reply(self, delivery: Delivery, message: Message) -> Completion:
        if isinstance(delivery, QueueDelivery) and delivery.replies is not None:
            self._check(message)
            delivery.replies.put(Message(message.data, message.content_type, message.metadata))
        return None

    def matches(self, pattern: str, topic: str) -> bool:
        return subjects.matches(pattern, topic)

    def matcher(self, patterns: Sequence[str]) -> Callable[[str], bool]:
        return subjects.matcher(patterns)

    def validate_topic(self, topic: str) -> None:
        subjects.validate_topic(topic)

    def validate_pattern(self, pattern: str) -> None:
        subjects.validate_pattern(pattern)

    def is_same(self, other: Broker) -> bool:
        return self is other or (
            isinstance(other, MemoryBroker) and bool(self.name) and self.name == other.name
        )

    def summary(self) -> str:
        return "memory broker in this process, at least once while it runs"
