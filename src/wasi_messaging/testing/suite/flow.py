"""The stream of deliveries: how many, in which order, and how it ends."""

from __future__ import annotations

import asyncio

import pytest

from ...abc import Delivery
from ...errors import BrokerUnavailableError
from ...message import Message
from .base import SuiteBase
from .inbox import Inbox, done


class FlowTests(SuiteBase):
    """Prefetch, pause, order, stop and close."""

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

    @pytest.mark.parametrize("group", ["g", None])
    async def test_pause(self, group: str | None) -> None:
        """What was asked for may still come, up to the prefetch; the rest after ``resume``."""
        async with self.connections(2) as (one, other):
            inbox, subscription = await self.attach(one, "a", group=group, prefetch=3, ack=True)
            await self.publish(other, b"0", "a")
            await inbox.reach(1, self.timeout)
            subscription.pause()
            subscription.pause()
            for number in range(1, 21):
                await self.publish(other, b"%d" % number, "a")
            await asyncio.sleep(self.quiet)
            before = len(inbox)
            assert before <= 1 + 3
            await asyncio.sleep(self.quiet)
            assert len(inbox) == before
            subscription.resume()
            await inbox.reach(21, self.timeout)
            assert sorted(map(int, inbox.bodies)) == list(range(21))
            await self.publish(other, b"21", "a")
            await inbox.reach(22, self.timeout)

    async def test_paused_inside_the_receiver(self) -> None:
        """A receiver that pauses at each message gets the next one after ``resume``."""
        async with self.connections() as (broker,):
            inbox = Inbox(ack=True)

            def receive(delivery: Delivery) -> None:
                subscription.pause()
                inbox(delivery)

            subscription = await broker.subscribe(
                self.topic("a"), receive, group="g", prefetch=1, start="new"
            )
            for number in range(10):
                await self.publish(broker, b"%d" % number, "a")
            for count in range(1, 11):
                await inbox.reach(count, self.timeout)
                await asyncio.sleep(0.02)
                assert len(inbox) == count
                subscription.resume()

    async def test_another_member_takes_what_a_paused_one_does_not(self) -> None:
        """A pause holds up one member, not its group."""
        self.needs("groups", "acknowledgement")
        if self.can.partitions:
            pytest.skip("a paused member keeps its partitions")
        async with self.connections(2) as (one, other):
            paused, subscription = await self.attach(one, "a", group="g", prefetch=1)
            subscription.pause()
            taking, _ = await self.attach(other, "a", group="g")
            for number in range(20):
                await self.publish(one, b"%d" % number, "a")
            await taking.reach(19, self.timeout)
            subscription.resume()
            await asyncio.sleep(self.quiet)
            assert sorted(map(int, paused.bodies + taking.bodies)) == list(range(20))

    async def test_stopped_while_paused(self) -> None:
        """It ends as any other, and nothing is lost with it."""
        self.needs("groups", "acknowledgement")
        async with self.connections() as (broker,):
            paused, subscription = await self.attach(broker, "a", group="g", prefetch=2)
            subscription.pause()
            for number in range(10):
                await self.publish(broker, b"%d" % number, "a")
            await subscription.stop()
            subscription.resume()
            inbox, _ = await self.attach(broker, "a", group="g")
            await inbox.reach(10 - len(paused), self.timeout)
            assert sorted(map(int, paused.bodies + inbox.bodies)) == list(range(10))

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

    async def test_order_is_that_of_the_calls(self) -> None:
        """Whatever the order in which the completions are awaited."""
        self.needs("ordered")
        async with self.connections() as (broker,):
            inbox, _ = await self.attach(broker, "a", group="g")
            sent = [
                broker.publish(self.topic("a"), Message(b"%d" % number)) for number in range(20)
            ]
            for completion in reversed(sent):
                await done(completion)
            await inbox.reach(20, self.timeout)
            assert list(map(int, inbox.bodies)) == list(range(20))

    async def test_resumed_after_the_end(self) -> None:
        """Does nothing: neither raises, nor fetches."""
        async with self.connections() as (broker,):
            inbox, subscription = await self.attach(broker, "a")
            await subscription.stop()
            subscription.resume()
            await self.publish(broker, b"", "a")
            await asyncio.sleep(self.quiet)
            assert not inbox.bodies

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

    async def test_what_is_dropped_is_counted(self) -> None:
        """Without acknowledgement, what a stop finds undelivered is gone; otherwise nothing is."""
        async with self.connections(2) as (one, other):
            inbox, subscription = await self.attach(one, "a", group="g", prefetch=2, ack=False)
            fence, _ = await self.attach(one, "a")
            for number in range(10):
                await self.publish(other, b"%d" % number, "a")
            await inbox.reach(2, self.timeout)
            await fence.reach(10, self.timeout)
            assert subscription.dropped == 0
            await subscription.stop()
            dropped = 0 if self.can.acknowledgement else 10 - len(inbox)
            assert subscription.dropped == dropped
            assert subscription.gaps == 0

    async def test_what_a_stop_hands_back_comes_in_order(self) -> None:
        """Also the first of it, though the subscription had asked for more than there was."""
        self.needs("ordered", "groups", "acknowledgement")
        async with self.connections(2) as (one, other):
            first, subscription = await self.attach(one, "a", group="g", prefetch=50, ack=False)
            for number in range(20):
                await self.publish(one, b"%d" % number, "a")
            await first.reach(20, self.timeout)
            await subscription.stop()
            for delivery in first.deliveries:
                await done(delivery.nack())
            await asyncio.sleep(self.quiet)
            second, _ = await self.attach(other, "a", group="g", prefetch=50)
            await second.reach(20, self.timeout)
            assert list(map(int, second.bodies)) == list(range(20))

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
