"""What becomes of a message: acknowledged, handed back, or held until its lease ends."""

from __future__ import annotations

import asyncio
import time

from .base import SuiteBase
from .inbox import done


class SettlingTests(SuiteBase):
    """What is not acknowledged comes again, where the broker claims so."""

    async def test_handed_back_comes_again(self) -> None:
        """At once, counted; and not at all without acknowledgement."""
        async with self.connections() as (broker,):
            inbox, _ = await self.attach(broker, "a", group="g", ack=False)
            await self.publish(broker, b"x", "a", metadata=(("k", "v"),))
            first = await inbox.take(self.timeout)
            assert first.attempt == 1
            await done(first.nack())
            if not broker.capabilities.acknowledgement:
                await asyncio.sleep(self.quiet)
                assert len(inbox) == 1
                return
            second = await inbox.take(self.timeout)
            assert second.message == first.message
            assert second.attempt == (2 if broker.capabilities.counts_attempts else 1)
            await done(second.ack())
            await asyncio.sleep(self.quiet)
            assert len(inbox) == 2

    async def test_handed_back_with_delay(self) -> None:
        """The broker waits if it says so; if it does not, it does not."""
        self.needs("acknowledgement")
        async with self.connections() as (broker,):
            inbox, _ = await self.attach(broker, "a", group="g", ack=False)
            await self.publish(broker, b"x", "a")
            began = time.monotonic()
            await done((await inbox.take(self.timeout)).nack(delay=0.5))
            await done((await inbox.take(self.timeout)).ack())
            waited = time.monotonic() - began
            assert (waited >= 0.45) == broker.capabilities.delayed_nack

    async def test_settling_twice_changes_nothing(self) -> None:
        """The first answer counts."""
        async with self.connections() as (broker,):
            inbox, _ = await self.attach(broker, "a", group="g", ack=False)
            await self.publish(broker, b"x", "a")
            delivery = await inbox.take(self.timeout)
            await done(delivery.ack())
            await done(delivery.nack())
            await done(delivery.ack())
            await asyncio.sleep(self.quiet)
            assert len(inbox) == 1

    async def test_a_lost_connection_gives_back_what_it_held(self) -> None:
        """Nothing unsettled is lost with a host."""
        self.needs("acknowledgement", "groups")
        async with self.connections(2, lease=self.short_lease) as (one, other):
            lost, _ = await self.attach(one, "a", group="g", ack=False)
            await self.publish(other, b"x", "a")
            await lost.reach(1, self.timeout)
            await one.close()
            inbox, _ = await self.attach(other, "a", group="g")
            await inbox.reach(1, self.timeout + self.short_lease)
            assert inbox.bodies == [b"x"]

    async def test_the_end_of_a_lease(self) -> None:
        """What nobody settles comes again after the lease, not before."""
        self.needs("acknowledgement", "lease")
        async with self.connections(lease=self.short_lease) as (broker,):
            lease = broker.capabilities.lease
            assert lease is not None
            inbox, _ = await self.attach(broker, "a", group="g", ack=False)
            await self.publish(broker, b"x", "a")
            await inbox.take(self.timeout)
            began = time.monotonic()
            again = await inbox.take(self.timeout + lease)
            assert time.monotonic() - began >= lease * 0.8
            assert again.message.data == b"x"
            await done(again.ack())

    async def test_a_lease_is_kept_alive(self) -> None:
        """Renewed in time it does not end."""
        self.needs("acknowledgement", "lease")
        async with self.connections(lease=self.short_lease) as (broker,):
            lease = broker.capabilities.lease
            assert lease is not None
            inbox, _ = await self.attach(broker, "a", group="g", ack=False)
            await self.publish(broker, b"x", "a")
            delivery = await inbox.take(self.timeout)
            ends = time.monotonic() + 2.5 * lease
            while time.monotonic() < ends:
                await asyncio.sleep(lease / 5)
                await done(delivery.keep_alive())
            await done(delivery.ack())
            await asyncio.sleep(self.quiet)
            assert len(inbox) == 1
