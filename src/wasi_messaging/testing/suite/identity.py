"""Which message is which: the broker's name for it, and the publisher's."""

from __future__ import annotations

import asyncio

import pytest

from .base import SuiteBase
from .inbox import done


class IdentityTests(SuiteBase):
    """Ids of deliveries, and deduplication by the publisher's id."""

    async def test_an_id_names_one_message(self) -> None:
        """Two messages have two, though they are the same otherwise; or no message has one."""
        async with self.connections() as (broker,):
            inbox, _ = await self.attach(broker, "a", group="g")
            for _ in range(20):
                await self.publish(broker, b"same", "a")
            await inbox.reach(20, self.timeout)
            ids = {delivery.id for delivery in inbox.deliveries}
            assert ids == {None} or (len(ids) == 20 and all(ids))

    async def test_an_id_is_the_same_at_redelivery(self) -> None:
        """Whoever receives it, and after a new connection."""
        self.needs("acknowledgement")
        async with self.connections() as (broker,):
            inbox, subscription = await self.attach(broker, "a", group="g", ack=False)
            await self.publish(broker, b"x", "a")
            first = await inbox.take(self.timeout)
            await done(first.nack())
            second = await inbox.take(self.timeout)
            assert (first.id, first.partition) == (second.id, second.partition)
            if first.id is None:
                pytest.skip("has no ids")
            await subscription.stop()
            await done(second.nack())
            async with self.connections() as (other,):
                again, _ = await self.attach(other, "a", group="g")
                assert (await again.take(self.timeout)).id == first.id

    async def test_an_id_is_the_same_for_every_group(self) -> None:
        """And for subscribers without a group."""
        async with self.connections() as (broker,):
            inboxes = [
                (await self.attach(broker, "a", group=group))[0] for group in ("g", "h", None)
            ]
            await self.publish(broker, b"x", "a")
            await self.publish(broker, b"x", "a")
            for inbox in inboxes:
                await inbox.reach(2, self.timeout)
            one, *others = [{delivery.id for delivery in inbox.deliveries} for inbox in inboxes]
            assert all(other == one for other in others)

    async def test_deduplication(self) -> None:
        """What is published twice with one id is stored once, if that is claimed; else twice."""
        async with self.connections() as (broker,):
            claimed = broker.capabilities.deduplication
            inbox, _ = await self.attach(broker, "a", group="g")
            for number in ("1", "2", "1", "2", "3"):
                await self.publish(broker, number.encode(), "a", deduplication_id=f"id-{number}")
            await self.publish(broker, b"fence", "a")
            expected = [b"1", b"2", b"3"] if claimed else [b"1", b"2", b"1", b"2", b"3"]
            await inbox.reach(len(expected) + 1, self.timeout)
            await asyncio.sleep(self.quiet)
            assert sorted(inbox.bodies) == sorted([*expected, b"fence"])
            assert all(delivery.message.metadata is None for delivery in inbox.deliveries)

    async def test_deduplication_over_connections(self) -> None:
        """The broker remembers, not the client."""
        self.needs("deduplication")
        async with self.connections(2) as (one, other):
            inbox, _ = await self.attach(one, "a", group="g")
            for broker in (one, other):
                await self.publish(broker, b"x", "a", deduplication_id="id")
            await self.publish(one, b"fence", "a")
            await inbox.reach(2, self.timeout)
            assert inbox.bodies == [b"x", b"fence"]
