"""The broker is away, and comes back."""

from __future__ import annotations

import asyncio
import time

import pytest

from ...errors import BrokerError, BrokerUnavailableError
from .base import SuiteBase
from .inbox import done


class RestartTests(SuiteBase):
    """What a restart of the broker leaves, and that everything goes on after it."""

    async def test_nobody_at_the_address(self) -> None:
        """``open`` says so within seconds."""
        broker = self.unreachable_broker()
        if broker is None:
            pytest.skip("there is no address at which it might not be")
        began = time.monotonic()
        with pytest.raises(BrokerUnavailableError):
            await broker.open()
        assert time.monotonic() - began < self.timeout

    async def test_messages_outlive_the_broker(self) -> None:
        """A durable broker has them after a restart, with the position of the group."""
        async with self.connections() as (broker,):
            if broker.capabilities.acknowledgement:
                inbox, subscription = await self.attach(broker, "a", group="g")
                await self.publish(broker, b"0", "a")
                await inbox.reach(1, self.timeout)
                await subscription.stop()
            for number in range(1, 11):
                await self.publish(broker, b"%d" % number, "a")
        await self.restart()
        async with self.connections() as (broker,):
            inbox, _ = await self.attach(broker, "a", group="g")
            if broker.capabilities.durable:
                await inbox.reach(10, self.timeout)
                assert list(map(int, inbox.bodies)) == list(range(1, 11))
            else:
                await asyncio.sleep(self.quiet)
                assert not inbox.bodies

    async def test_subscriptions_come_back(self) -> None:
        """After a restart of the broker everything goes on, on the same connection."""
        async with self.connections() as (broker,):
            grouped, kept = await self.attach(broker, "a", group="g")
            single, other = await self.attach(broker, self.any_rest)
            await self.publish(broker, b"before", "a")
            await grouped.reach(1, self.timeout)
            await single.reach(1, self.timeout)
            await self.restart()

            async def probe() -> None:
                await self.publish(broker, b"after", "a")

            for inbox in (grouped, single):
                ends = time.monotonic() + self.timeout
                while b"after" not in inbox.bodies:
                    assert time.monotonic() < ends, "no message after the restart"
                    await self.eventually(probe)
                    await asyncio.sleep(0.05)
            assert broker.connection_losses >= 1
            for subscription in (kept, other):
                assert bool(subscription.gaps) != broker.capabilities.acknowledgement

    async def test_a_confirmed_message_is_kept_through_a_restart(self) -> None:
        """Publishing goes on while the broker restarts: what was confirmed is there."""
        self.needs("durable", "confirms", "replays")
        confirmed: list[bytes] = []
        async with self.connections() as (broker,):
            stop = asyncio.Event()

            async def publisher() -> None:
                number = 0
                while not stop.is_set():
                    body = b"%d" % number
                    number += 1
                    try:
                        await self.publish(broker, body, "a")
                    except BrokerError:
                        await asyncio.sleep(0.01)
                    else:
                        confirmed.append(body)

            task = asyncio.ensure_future(publisher())
            await asyncio.sleep(self.quiet)
            before = len(confirmed)
            await self.restart()
            ends = time.monotonic() + 3 * self.timeout
            while len(confirmed) < before + 20:
                assert time.monotonic() < ends, "publishing does not go on after the restart"
                await asyncio.sleep(0.02)
            stop.set()
            await task
            inbox, _ = await self.attach(broker, "a", group="g", start="all")
            await inbox.reach(len(confirmed), self.timeout)
            assert set(confirmed) <= set(inbox.bodies)

    async def test_a_held_message_can_be_settled_after_a_restart(self) -> None:
        """The acknowledgement finds its message."""
        self.needs("durable", "acknowledgement")
        async with self.connections(lease=self.short_lease) as (broker,):
            inbox, _ = await self.attach(broker, "a", group="g", ack=False)
            await self.publish(broker, b"x", "a")
            delivery = await inbox.take(self.timeout)
            await self.restart()
            await self.eventually(lambda: self.publish(broker, b"fence", "b"))
            await done(delivery.ack())
            await asyncio.sleep(self.quiet + self.short_lease)
            # The broker may have given it again in the meantime, but not for ever.
            for again in inbox.deliveries[1:]:
                await done(again.ack())
            seen = len(inbox)
            await asyncio.sleep(self.quiet + self.short_lease)
            assert len(inbox) == seen
