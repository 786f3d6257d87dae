"""The queues behind ``memory:``: groups, members and leases."""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from collections.abc import Iterable
from typing import ClassVar
from weakref import WeakValueDictionary

from ..abc import Completion, Delivery, Receiver, Replies, Subscription
from ..message import Message
from . import subjects
from ._turns import Turn, Turns

MAX_ROUTES = 10_000
"""Topics whose groups are remembered."""
MAX_ROUTE_LENGTH = 256


class QueueDelivery(Delivery):
    __slots__ = ("expires", "member", "number", "replies", "settled")

    def __init__(self, message: Message, number: int, replies: Replies | None) -> None:
        self.message = message
        self.number = number
        self.replies = replies
        self.attempt = 0
        self.settled = False
        self.member: Member
        self.expires = 0.0

    @property
    def id(self) -> str:
        return f"{self.member.group.bus.id}:{self.number}"

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
        bus = self.member.group.bus
        self.expires = bus.loop.time() + bus.lease
        return None


class Member(Subscription):
    """One subscriber of a group."""

    def __init__(self, group: Group, receive: Receiver, prefetch: int) -> None:
        self.group = group
        self.receive = receive
        self.prefetch = prefetch
        self.unsettled = 0
        self.paused = False

    @property
    def has_room(self) -> bool:
        return self.unsettled < self.prefetch and not self.paused

    def take(self, delivery: QueueDelivery) -> None:
        bus = self.group.bus
        delivery.member = self
        delivery.attempt += 1
        delivery.expires = bus.loop.time() + bus.lease
        bus.leased[delivery] = None
        if bus.sweeper is None:
            bus.sweep_later()
        self.unsettled += 1
        self.receive(delivery)

    def settle(self, delivery: QueueDelivery) -> None:
        del self.group.bus.leased[delivery]
        self.unsettled -= 1
        if self.group.waiting:
            self.group.flow()

    def pause(self) -> None:
        self.paused = True

    def resume(self) -> None:
        self.paused = False
        self.group.flow()

    async def stop(self) -> None:
        self.group.leave(self)

    def hand_back(self) -> None:
        """The connection is gone: whatever it held comes again, to others."""
        self.group.leave(self)
        for delivery in [held for held in self.group.bus.leased if held.member is self]:
            delivery.nack()


class Group:
    """A queue with its members; one member and no name for a plain subscriber."""

    def __init__(self, bus: Bus, pattern: str, name: str | None) -> None:
        self.bus = bus
        self.pattern = pattern
        self.name = name
        self.members: deque[Member] = deque()
        self.waiting: deque[QueueDelivery] = deque()
        self.line: deque[Turn] = deque()
        self.flowing = False
        self.stirred = False

    @property
    def is_full(self) -> bool:
        """Whether publishers wait; for a subscriber that has left they do not."""
        return len(self.waiting) >= self.bus.max_queue and (
            self.name is not None or bool(self.members)
        )

    def put(self, delivery: QueueDelivery) -> None:
        """Hand it out, behind what waits."""
        members = self.members
        if self.waiting or self.flowing or len(members) != 1:
            self.waiting.append(delivery)
            self.flow()
        elif (member := members[0]).unsettled < member.prefetch and not member.paused:
            self.flowing = True
            try:
                member.take(delivery)
            finally:
                self.flowing = False
            if self.waiting or self.line:
                self.flow()
        else:
            self.waiting.append(delivery)

    def put_back(self, delivery: QueueDelivery, delay: float) -> None:
        again = QueueDelivery(delivery.message, delivery.number, delivery.replies)
        again.attempt = delivery.attempt
        if delay > 0:
            self.bus.loop.call_later(delay, self._return, again)
        else:
            self._return(again)

    def _return(self, delivery: QueueDelivery) -> None:
        """In front of what was published later."""
        waiting, place = self.waiting, 0
        while place < len(waiting) and waiting[place].number < delivery.number:
            place += 1
        waiting.insert(place, delivery)
        self.flow()

    def flow(self) -> None:
        """Hand out what waits to members that have room, in turn, as long as there is both."""
        self.stirred = True
        if self.flowing:
            return  # a receiver settled at once: the call that handed out goes on
        self.flowing = True
        try:
            while self.stirred:
                self.stirred = False
                self._hand_out()
        finally:
            self.flowing = False
        if self.line:
            self.bus.turns.look(self)

    def _hand_out(self) -> None:
        waiting, members = self.waiting, self.members
        while len(members) == 1:
            member = members[0]
            if not (waiting and member.unsettled < member.prefetch and not member.paused):
                return
            member.take(waiting.popleft())
        full = 0
        while waiting and full < len(members):
            member = members[0]
            members.rotate(-1)
            if member.has_room:
                full = 0
                member.take(waiting.popleft())
            else:
                full += 1

    def leave(self, member: Member) -> None:
        if member in self.members:
            self.members.remove(member)
        if self.name is None:
            self.bus.remove(self)
            self.waiting.clear()
            self.flow()


class Bus:
    """The broker itself, shared by all connections with its name."""

    named: ClassVar[WeakValueDictionary[str, Bus]] = WeakValueDictionary()

    def __init__(self, lease: float, max_queue: int) -> None:
        self.loop = asyncio.get_running_loop()
        self.lease = lease
        self.max_queue = max_queue
        self.id = secrets.token_hex(8)
        self.published = 0
        self.turns = Turns()
        self.groups: dict[object, Group] = {}
        self.routes: dict[str, list[Group]] = {}
        self.leased: dict[QueueDelivery, None] = {}
        self.sweeper: asyncio.TimerHandle | None = None

    @classmethod
    def reach(cls, name: str, lease: float, max_queue: int) -> Bus:
        """The broker of that name, as whoever came first made it; without a name a new one."""
        bus = cls.named.get(name)
        if bus is None or bus.loop is not asyncio.get_running_loop():
            bus = cls(lease, max_queue)
            if name:
                cls.named[name] = bus
        return bus

    def join(self, pattern: str, name: str | None) -> Group:
        key: object = (name, pattern) if name is not None else object()
        group = self.groups.get(key)
        if group is None:
            group = self.groups[key] = Group(self, pattern, name)
            self.routes.clear()
        return group

    def remove(self, group: Group) -> None:
        self.groups = {key: kept for key, kept in self.groups.items() if kept is not group}
        self.routes.clear()

    def route(self, topic: str) -> list[Group]:
        groups = self.routes.get(topic)
        if groups is None:
            if len(self.routes) >= MAX_ROUTES:
                self.routes.clear()
            groups = [g for g in self.groups.values() if subjects.matches(g.pattern, topic)]
            if len(topic) <= MAX_ROUTE_LENGTH:
                self.routes[topic] = groups
        return groups

    def put(self, groups: Iterable[Group], message: Message, replies: Replies | None) -> None:
        """A message of its own number for each of the groups."""
        self.published = number = self.published + 1
        for group in groups:
            group.put(QueueDelivery(message, number, replies))

    def sweep_later(self) -> None:
        """Look at the leases now and then, as long as there are any."""
        self.sweeper = self.loop.call_later(self.lease / 4, self._sweep)

    def _sweep(self) -> None:
        """Take back what is unsettled past its lease."""
        now = self.loop.time()
        for delivery in [held for held in self.leased if held.expires <= now]:
            delivery.nack()
        self.sweeper = None
        if self.leased:
            self.sweep_later()
