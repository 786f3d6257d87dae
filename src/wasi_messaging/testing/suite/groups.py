"""Who gets a message: one member of each group, and everybody without a group."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress

import pytest

from ...errors import BrokerError, MessageRejectedError
from .base import SuiteBase
from .inbox import Inbox, done


class GroupTests(SuiteBase):
    """Members share, groups do not; a group keeps its position."""

    async def test_members_of_a_group_share(self) -> None:
        """Each message reaches one member, and every member takes part."""
        self.needs("groups")
        async with self.connections(2) as brokers:
            inboxes = [
                (await self.attach(broker, "a", group="g", prefetch=1, ack=False))[0]
                for broker in brokers
            ]
            for number in range(40):
                await self.publish(brokers[0], b"%d" % number, "a")
            for inbox in inboxes:
                await inbox.reach(1, self.timeout)
            await asyncio.gather(*(self.settle_all(inboxes, inbox, 40) for inbox in inboxes))
            bodies = [body for inbox in inboxes for body in inbox.bodies]
            assert sorted(map(int, bodies)) == list(range(40))

    async def settle_all(self, inboxes: list[Inbox], inbox: Inbox, total: int) -> None:
        """Acknowledge what arrives in ``inbox`` until all have ``total`` together."""
        ends = time.monotonic() + self.timeout
        while sum(map(len, inboxes)) < total or inbox._taken < len(inbox):  # noqa: SLF001
            assert time.monotonic() < ends, f"{[len(inbox) for inbox in inboxes]} of {total}"
            with suppress(AssertionError):
                await done((await inbox.take(0.05)).ack())

    async def test_groups_are_independent(self) -> None:
        """Each group gets every message."""
        self.needs("groups")
        async with self.connections(2) as brokers:
            inboxes = [
                (await self.attach(broker, "a", group=group))[0]
                for broker, group in zip(brokers, ("g", "h"), strict=True)
            ]
            for number in range(10):
                await self.publish(brokers[0], b"%d" % number, "a")
            for inbox in inboxes:
                await inbox.reach(10, self.timeout)
                assert sorted(inbox.bodies) == [b"%d" % number for number in range(10)]

    async def test_subscribers_without_group_get_everything(self) -> None:
        """They share with nobody."""
        async with self.connections(2) as brokers:
            inboxes = [(await self.attach(broker, "a"))[0] for broker in (*brokers, brokers[0])]
            for number in range(10):
                await self.publish(brokers[0], b"%d" % number, "a")
            for inbox in inboxes:
                await inbox.reach(10, self.timeout)
                assert sorted(inbox.bodies) == [b"%d" % number for number in range(10)]

    async def test_a_group_goes_on_where_it_was(self) -> None:
        """What is published while no member is attached waits for the next one."""
        self.needs("groups", "acknowledgement")
        async with self.connections() as (broker,):
            inbox, subscription = await self.attach(broker, "a", group="g")
            await self.publish(broker, b"1", "a")
            await inbox.reach(1, self.timeout)
            await subscription.stop()
            await self.publish(broker, b"2", "a")
            again, _ = await self.attach(broker, "a", group="g")
            await again.reach(1, self.timeout)
            assert (inbox.bodies, again.bodies) == ([b"1"], [b"2"])

    async def test_a_new_group_starts_with_new_messages(self) -> None:
        """``start="new"`` leaves out what was published before."""
        async with self.connections() as (broker,):
            await self.publish(broker, b"before", "a")
            inbox, _ = await self.attach(broker, "a", group="g")
            await self.publish(broker, b"after", "a")
            await inbox.reach(1, self.timeout)
            assert inbox.bodies == [b"after"]

    async def test_a_new_group_may_start_with_all(self) -> None:
        """``start="all"`` gives what is stored, or is refused where nothing is."""
        async with self.connections() as (broker,):
            await self.publish(broker, b"before", "a")
            if not broker.capabilities.replays:
                with pytest.raises(MessageRejectedError):
                    await self.attach(broker, "a", group="g", start="all")
                return
            inbox, _ = await self.attach(broker, "a", group="g", start="all")
            await self.publish(broker, b"after", "a")
            await inbox.reach(2, self.timeout)
            assert inbox.bodies == [b"before", b"after"]

    async def test_a_declared_group_misses_nothing(self) -> None:
        """What is published before its first member joins waits, or declaring is refused."""
        async with self.connections() as (broker,):
            await self.publish(broker, b"before", "a")
            if not broker.capabilities.acknowledgement:
                with pytest.raises(BrokerError):
                    await broker.declare(self.topic("a"), "g")
                return
            await broker.declare(self.topic("a"), "g")
            await self.publish(broker, b"1", "a")
            await broker.declare(self.topic("a"), "g")
            expected = [b"before", b"1"] if broker.capabilities.replays else [b"1"]
            inbox, subscription = await self.attach(broker, "a", group="g")
            await inbox.reach(len(expected), self.timeout)
            await subscription.stop()
            await broker.declare(self.topic("a"), "g")
            await self.publish(broker, b"2", "a")
            again, _ = await self.attach(broker, "a", group="g")
            await again.reach(1, self.timeout)
            assert (inbox.bodies, again.bodies) == (expected, [b"2"])

    async def test_declared_patterns_are_checked(self) -> None:
        """As those of subscriptions are."""
        async with self.connections() as (broker,):
            for pattern in self.illegal_patterns:
                with pytest.raises(MessageRejectedError):
                    await broker.declare(pattern, "g")
