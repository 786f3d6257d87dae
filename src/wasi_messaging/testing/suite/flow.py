"""The stream of deliveries: how many, in which order, and how it ends."""

from __future__ import annotations

import asyncio

import pytest

from ...errors import BrokerUnavailableError
from ...message import Message
from .base import SuiteBase
from .inbox import done


class FlowTests(SuiteBase):
    """Prefetch, order, stop and close."""

    async def test_prefetch_bounds_what_is_unsettled(self) -> None:
        """Never more than that; settling makes room for as many."""
        async with self.connections() as (broker,):
            inbox, _ = await self.attach(broker, "a", group="g", prefetch=3, ack=False)
            for number in range(30):
                await self.publish(broker, b"%d" % number, "a")
            settled = 0
            while settled < 30:
                await inbox.reach(min(settled + 3, 30), self.timeout)
                if settled == 0:
                    await asyncio.sleep(self.quiet)
                assert len(inbox) <= settled + 3
                await done(inbox.deliveries[settled].ack())
                settled += 1
            assert sorted(map(int, inbox.bodies)) == list(range(30))

    async def test_settling_inside_the_receiver(self) -> None:
        """A receiver may settle before it returns, for as many messages as there are."""
        async with self.connections() as (broker,):
            inbox, _ = await self.attach(broker, "a", group="g", prefetch=1, ack=True)
            for number in range(2000):
                completion = broker.publish(self.topic("a"), Message(b"%d" % number))
                if number % 100 == 99:
                    await done(completion)
            await inbox.reach(2000, self.timeout * 2)

    async def test_order(self) -> None:
        """Messages of a topic arrive in the order they were published."""
        self.needs("ordered")
        async with self.connections(2) as (one, other):
            inbox, _ = await self.attach(other, "a", group="g", prefetch=7)
            sent = [one.publish(self.topic("a"), Message(b"%d" % number)) for number in range(500)]
            for completion in sent:
                await done(completion)
            await inbox.reach(500, self.timeout)
            assert list(map(int, inbox.bodies)) == list(range(500))

    async def test_stop_ends_the_deliveries(self) -> None:
        """Nothing arrives after ``stop``; what is held may be settled; another member goes on."""
        self.needs("groups", "acknowledgement")
        async with self.connections(2) as (one, other):
            first, subscription = await self.attach(one, "a", group="g", prefetch=5, ack=False)
            for number in range(20):
                await self.publish(one, b"%d" % number, "a")
            await first.reach(5, self.timeout)
            await subscription.stop()
            held = len(first)
            second, _ = await self.attach(other, "a", group="g")
            await second.reach(20 - held, self.timeout)
            for delivery in first.deliveries:
                await done(delivery.ack())
            await asyncio.sleep(self.quiet)
            assert len(first) == held
            assert sorted(map(int, first.bodies + second.bodies)) == list(range(20))

    async def test_what_was_published_before_closing_arrives(self) -> None:
        """``close`` sends what is buffered."""
        async with self.connections(1) as (other,):
            inbox, _ = await self.attach(other, "a")
            one = self.make_broker()
            await one.open()
            sent = [one.publish(self.topic("a"), Message(b"%d" % number)) for number in range(100)]
            for completion in sent:
                await done(completion)
            await one.close()
            await inbox.reach(100, self.timeout)

    async def test_a_closed_broker_says_so(self) -> None:
        """As an error of this package."""
        broker = self.make_broker()
        await broker.open()
        await broker.close()
        with pytest.raises(BrokerUnavailableError):
            await self.publish(broker, b"", "a")
        with pytest.raises(BrokerUnavailableError):
            await self.attach(broker, "a")
