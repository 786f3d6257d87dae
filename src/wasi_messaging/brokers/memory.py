"""``memory:`` – a broker inside the process, with the semantics of a server.

``memory:`` alone is private to one client. Clients with the same ``memory:NAME`` in one process
reach the same broker. Messages live as long as somebody is connected to it.

Groups are queues: made by their first subscription, kept while no member is attached, bounded by
``max_queue``. A full queue makes the publisher wait.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import ClassVar
from weakref import WeakValueDictionary

from pydantic import Field

from ..abc import (
    Broker,
    BrokerSettings,
    Capabilities,
    Completion,
    Delivery,
    Receiver,
    Start,
    Subscription,
)
from ..errors import BrokerTimeoutError, BrokerUnavailableError, MessageRejectedError
from ..message import Message
from . import subjects

MAX_ROUTES = 10_000


class MemorySettings(BrokerSettings):
    """Settings of a ``memory:`` client.

    Attributes:
        lease: seconds after which a message that was not settled comes again.
        max_queue: messages that may wait in one group's queue.
        publish_timeout: seconds a publisher waits for room in a full queue.
        max_message_size: the largest body, in bytes.
    """

    lease: float = Field(default=30.0, gt=0)
    max_queue: int = Field(default=100_000, ge=1)
    publish_timeout: float = Field(default=10.0, gt=0)
    max_message_size: int = Field(default=64 * 2**20, ge=1)


class _Inbox:
    """Collects the replies to one request."""

    def __init__(self, expected: int) -> None:
        self.expected = expected
        self.replies: list[Message] = []
        self.full = asyncio.get_running_loop().create_future()

    def put(self, reply: Message) -> None:
        if not self.full.done():
            self.replies.append(reply)
            if len(self.replies) >= self.expected:
                self.full.set_result(None)


class _Delivery(Delivery):
    __slots__ = ("expires", "inbox", "member", "settled")

    def __init__(self, message: Message, inbox: _Inbox | None) -> None:
        self.message = message
        self.inbox = inbox
        self.attempt = 0
        self.settled = False
        self.member: _Member
        self.expires = 0.0

    def ack(self) -> Completion:
        if not self.settled:
            self.settled = True
            self.member.settle(self)
        return None

    def nack(self, delay: float = 0.0) -> Completion:
        if not self.settled:
            self.settled = True
            group = self.member.group
            self.member.settle(self)
            group.put_back(self, delay)
        return None

    def keep_alive(self) -> Completion:
        self.expires = self.member.group.bus.leased_until()
        return None


class _Member(Subscription):
    """One subscriber of a group."""

    def __init__(self, group: _Group, receive: Receiver, prefetch: int) -> None:
        self.group = group
        self.receive = receive
        self.prefetch = prefetch
        self.unsettled = 0

    def take(self, delivery: _Delivery) -> None:
        bus = self.group.bus
        delivery.member = self
        delivery.attempt += 1
        delivery.expires = bus.leased_until()
        bus.leased[delivery] = None
        self.unsettled += 1
        self.receive(delivery)

    def settle(self, delivery: _Delivery) -> None:
        del self.group.bus.leased[delivery]
        self.unsettled -= 1
        if self.group.waiting:
            self.group.flow()

    async def stop(self) -> None:
        self.group.leave(self)

    def hand_back(self) -> None:
        """The connection is gone: whatever it held comes again, to others."""
        self.group.leave(self)
        for delivery in [held for held in self.group.bus.leased if held.member is self]:
            delivery.nack()


class _Group:
    """A queue with its members; one member and no name for a plain subscriber."""

    def __init__(self, bus: _Bus, pattern: str, name: str | None) -> None:
        self.bus = bus
        self.pattern = pattern
        self.name = name
        self.members: deque[_Member] = deque()
        self.waiting: deque[_Delivery] = deque()
        self.room = asyncio.Event()

    def put(self, message: Message, inbox: _Inbox | None) -> None:
        self.waiting.append(_Delivery(message, inbox))
        self.flow()

    def put_back(self, delivery: _Delivery, delay: float) -> None:
        again = _Delivery(delivery.message, delivery.inbox)
        again.attempt = delivery.attempt
        if delay > 0:
            asyncio.get_running_loop().call_later(delay, self._return, again)
        else:
            self._return(again)

    def _return(self, delivery: _Delivery) -> None:
        self.waiting.appendleft(delivery)
        self.flow()

    def flow(self) -> None:
        """Hand out what waits to members that have room, in turn."""
        waiting, members = self.waiting, self.members
        full = 0
        while waiting and full < len(members):
            member = members[0]
            members.rotate(-1)
            if member.unsettled < member.prefetch:
                full = 0
                member.take(waiting.popleft())
            else:
                full += 1
        if not self.room.is_set() and len(waiting) < self.bus.max_queue:
            self.room.set()

    def leave(self, member: _Member) -> None:
        if member in self.members:
            self.members.remove(member)
        if self.name is None:
            self.bus.remove(self)


class _Bus:
    """The broker itself, shared by all connections with its name."""

    named: ClassVar[WeakValueDictionary[str, _Bus]] = WeakValueDictionary()

    def __init__(self, settings: MemorySettings) -> None:
        self.lease = settings.lease
        self.max_queue = settings.max_queue
        self.groups: dict[object, _Group] = {}
        self.routes: dict[str, list[_Group]] = {}
        self.leased: dict[_Delivery, None] = {}
        self.sweeper: asyncio.TimerHandle | None = None

    @classmethod
    def reach(cls, settings: MemorySettings) -> _Bus:
        name = settings.url.partition(":")[2]
        if not name:
            return cls(settings)
        bus = cls.named.get(name)
        if bus is None:
            bus = cls.named[name] = cls(settings)
        return bus

    def join(self, pattern: str, name: str | None) -> _Group:
        key: object = (name, pattern) if name is not None else object()
        group = self.groups.get(key)
        if group is None:
            group = self.groups[key] = _Group(self, pattern, name)
            self.routes.clear()
        return group

    def remove(self, group: _Group) -> None:
        self.groups = {key: kept for key, kept in self.groups.items() if kept is not group}
        self.routes.clear()

    def route(self, topic: str) -> list[_Group]:
        groups = self.routes.get(topic)
        if groups is None:
            if len(self.routes) >= MAX_ROUTES:
                self.routes.clear()
            groups = [g for g in self.groups.values() if subjects.matches(g.pattern, topic)]
            self.routes[topic] = groups
        return groups

    def leased_until(self) -> float:
        """When a delivery made now comes back if it is not settled."""
        loop = asyncio.get_running_loop()
        if self.sweeper is None:
            self.sweeper = loop.call_later(self.lease / 4, self._sweep)
        return loop.time() + self.lease

    def _sweep(self) -> None:
        """Take back what is unsettled past its lease; run on while anything is leased."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        for delivery in [held for held in self.leased if held.expires <= now]:
            delivery.nack()
        self.sweeper = loop.call_later(self.lease / 4, self._sweep) if self.leased else None


class MemoryBroker(Broker):
    """A connection to a broker in this process."""

    settings_type = MemorySettings
    settings: MemorySettings

    def __init__(self, settings: MemorySettings) -> None:
        super().__init__(settings)
        self.capabilities = Capabilities(
            acknowledgement=True,
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
        self._bus: _Bus | None = None
        self._members: list[_Member] = []

    async def open(self) -> None:
        self._bus = _Bus.reach(self.settings)

    async def close(self) -> None:
        for member in self._members:
            member.hand_back()
        self._members.clear()
        self._bus = None

    @property
    def _connected(self) -> _Bus:
        if self._bus is None:
            raise BrokerUnavailableError("the memory broker is not open")
        return self._bus

    def publish(self, topic: str, message: Message) -> Completion:
        return self._put(topic, message, None)

    def _put(self, topic: str, message: Message, inbox: _Inbox | None) -> Completion:
        bus = self._connected
        groups = bus.routes.get(topic)
        if groups is None:
            self.validate_topic(topic)
            groups = bus.route(topic)
        if len(message.data) > self.settings.max_message_size:
            raise MessageRejectedError(
                f"a body of {len(message.data):,} bytes is over the memory broker's limit of "
                f"{self.settings.max_message_size:,} (max_message_size)"
            )
        arriving = Message(message.data, message.content_type, message.metadata, topic)
        full = [group for group in groups if len(group.waiting) >= bus.max_queue]
        if full:
            return self._put_when_room(full, groups, arriving, inbox)
        for group in groups:
            group.put(arriving, inbox)
        return None

    async def _put_when_room(
        self, full: list[_Group], groups: list[_Group], message: Message, inbox: _Inbox | None
    ) -> None:
        limit = self._connected.max_queue
        try:
            async with asyncio.timeout(self.settings.publish_timeout):
                for group in full:
                    while len(group.waiting) >= limit:
                        group.room.clear()
                        await group.room.wait()
        except TimeoutError:
            raise BrokerTimeoutError(
                f"the queue of group {group.name!r} for {group.pattern!r} has been full with "
                f"{limit:,} messages for {self.settings.publish_timeout:g} s"
            ) from None
        for group in groups:
            group.put(message, inbox)

    async def subscribe(
        self, pattern: str, receive: Receiver, *, group: str | None, prefetch: int, start: Start
    ) -> Subscription:
        self.validate_pattern(pattern)
        if start == "all":
            raise MessageRejectedError("the memory broker stores nothing to start from; use 'new'")
        queue = self._connected.join(pattern, group)
        member = _Member(queue, receive, prefetch)
        queue.members.append(member)
        self._members.append(member)
        queue.flow()
        return member

    async def request(
        self, topic: str, message: Message, *, timeout: float, expected: int
    ) -> list[Message]:
        inbox = _Inbox(expected)
        self.validate_topic(topic)
        if not self._connected.route(topic):
            raise BrokerUnavailableError(f"nobody listens on {topic!r}")
        waiting = self._put(topic, message, inbox)
        try:
            async with asyncio.timeout(timeout):
                if waiting is not None:
                    await waiting
                await inbox.full
        except TimeoutError:
            inbox.full.cancel()
        if not inbox.replies:
            raise BrokerTimeoutError(f"no reply on {topic!r} within {timeout:g} s")
        return inbox.replies

    def reply(self, delivery: Delivery, message: Message) -> Completion:
        if isinstance(delivery, _Delivery) and delivery.inbox is not None:
            delivery.inbox.put(Message(message.data, message.content_type, message.metadata))
        return None

    def matches(self, pattern: str, topic: str) -> bool:
        return subjects.matches(pattern, topic)

    def validate_topic(self, topic: str) -> None:
        subjects.validate_topic(topic)

    def validate_pattern(self, pattern: str) -> None:
        subjects.validate_pattern(pattern)

    def summary(self) -> str:
        return "memory broker in this process, at least once while it runs"
