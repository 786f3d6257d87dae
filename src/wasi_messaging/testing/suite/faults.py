"""The network between client and broker fails, in all ways it can."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import pytest

from ...abc import Broker
from ...errors import BrokerError
from ...message import Message
from ..proxy import FaultProxy
from .base import SuiteBase
from .inbox import Inbox, done

MARGIN = 1.0
"""Seconds that a bound may be exceeded by."""


class FaultTests(SuiteBase):
    """Calls end, everything goes on afterwards, and nothing is lost that was promised."""

    @asynccontextmanager
    async def proxied(
        self, *, lease: float | None = None
    ) -> AsyncIterator[tuple[FaultProxy, Broker]]:
        """An open connection, and the network that it goes through."""
        address = self.server_address
        if address is None:
            pytest.skip("no server that a network could be before")
        async with (
            FaultProxy(*address) as proxy,
            self.make_broker_at(proxy.address, lease=lease) as broker,
        ):
            yield proxy, broker

    def accepted_more(self, proxy: FaultProxy, before: int) -> bool:
        """Whether somebody has connected since."""
        return proxy.accepted > before

    async def reaches(self, broker: Broker, inbox: Inbox, body: bytes) -> None:
        """Publish until it arrives."""
        ends = time.monotonic() + self.timeout
        while body not in inbox.bodies:
            assert time.monotonic() < ends, f"{body!r} does not arrive"
            await self.eventually(lambda: self.publish(broker, body, "a"))
            await asyncio.sleep(0.05)

    async def test_cut_while_publishing(self) -> None:
        """Each publish is confirmed or fails; what was confirmed is there."""
        async with self.proxied() as (proxy, broker):
            confirmed: list[bytes] = []
            failed = 0
            for cut in range(4):
                bodies = [b"%d %d" % (cut, number) for number in range(300)]
                calls = [self.publish(broker, body, "a") for body in bodies]
                ending = asyncio.gather(*calls, return_exceptions=True)
                proxy.cut_after(500 + 4000 * cut)
                async with asyncio.timeout(self.timeout):
                    outcomes = await ending
                for body, outcome in zip(bodies, outcomes, strict=True):
                    assert outcome is None or isinstance(outcome, BrokerError), outcome
                    if outcome is None:
                        confirmed.append(body)
                    else:
                        failed += 1
                await self.eventually(lambda: self.publish(broker, b"fence", "a"))
            if broker.capabilities.confirms:
                assert failed, "the network failed, and no publish did"
            if broker.capabilities.confirms and broker.capabilities.replays:
                inbox, _ = await self.attach(broker, "a", group="g", start="all")
                await inbox.reach(len(confirmed) + 1, self.timeout)
                await asyncio.sleep(self.quiet)
                assert set(confirmed) <= set(inbox.bodies)

    async def test_cut_in_mid_frame(self) -> None:
        """Wherever a connection ends while messages flow, they go on, and all of them arrive."""
        async with (
            self.proxied(lease=self.short_lease) as (proxy, broker),
            self.connections(lease=self.short_lease) as (publisher,),
        ):
            inbox, _ = await self.attach(broker, "a", group="g", prefetch=50)
            single, _ = await self.attach(broker, "a", prefetch=50)
            expected: set[bytes] = set()
            for count in (1, 30, 333, 4444, 55_555):
                before = proxy.accepted
                proxy.cut_after(count)
                for number in range(100):
                    body = b"%d %d " % (count, number) + bytes(500)
                    expected.add(body)
                    await self.publish(publisher, body, "a")
                await self.until(partial(self.accepted_more, proxy, before))
                await self.reaches(publisher, single, b"back %d" % count)
                await self.reaches(publisher, inbox, b"back %d" % count)
                if broker.capabilities.acknowledgement:
                    await self.until(lambda: expected <= set(inbox.bodies))
            assert proxy.accepted == 6

    async def test_refused_for_a_while(self) -> None:
        """Publishing fails meanwhile, as an error of this package; then everything goes on."""
        async with self.proxied() as (proxy, broker):
            inbox, _ = await self.attach(broker, "a", group="g")
            await self.publish(broker, b"before", "a")
            await inbox.reach(1, self.timeout)
            proxy.refuse = True
            proxy.cut()
            ends = time.monotonic() + 1.0
            failed = False
            while time.monotonic() < ends or not failed:
                assert time.monotonic() < ends + self.timeout, "no publish fails"
                try:
                    await self.publish(broker, b"while", "a")
                except BrokerError:
                    failed = True
                await asyncio.sleep(0.05)
            proxy.refuse = False
            await self.reaches(broker, inbox, b"after")

    async def test_another_address_takes_over(self) -> None:
        """As a load balancer does it: what comes after goes another way."""
        async with self.proxied() as (proxy, broker):
            inbox, _ = await self.attach(broker, "a", group="g")
            address = self.server_address
            assert address is not None
            async with FaultProxy(*address) as other:
                proxy.retarget(*other.address)
                await self.reaches(broker, inbox, b"through the other")
                assert other.accepted
                proxy.retarget(*address)
                await self.reaches(broker, inbox, b"and back")

    async def fill(self, broker: Broker) -> None:
        """Publish until a call fails, each in time, because nothing of it gets through."""
        ends = time.monotonic() + 2 * self.timeout
        while time.monotonic() < ends:
            try:
                async with asyncio.timeout(self.short_timeout + MARGIN):
                    await self.publish(broker, bytes(256 * 1024), "b")
            except BrokerError:
                return
        pytest.fail("every publish succeeds through a network that carries nothing")

    @pytest.mark.parametrize("end", ["goes on", "is cut"])
    async def test_nothing_gets_through(self, end: str) -> None:
        """Publishing ends in time all the same, and everything goes on after it."""
        async with self.proxied(lease=self.short_lease) as (proxy, broker):
            inbox, _ = await self.attach(broker, "a", group="g")
            proxy.stall()
            await self.fill(broker)
            if end == "is cut":
                proxy.cut()
            proxy.go_on()
            await self.reaches(broker, inbox, b"after")

    async def test_the_other_end_has_vanished(self) -> None:
        """Nobody ever closes such a connection: the client finds out, and makes another."""
        async with self.proxied(lease=self.short_lease) as (proxy, broker):
            inbox, _ = await self.attach(broker, "a", group="g")
            proxy.stall(only_open=True)
            await self.fill(broker)
            await self.reaches(broker, inbox, b"after")
            assert proxy.accepted > 1

    async def test_a_slow_network(self) -> None:
        """Everything arrives, on the connection that there is."""
        async with self.proxied() as (proxy, broker):
            inbox, _ = await self.attach(broker, "a", group="g", prefetch=20)
            proxy.latency, proxy.bandwidth = 0.05, 1_000_000
            bodies = [b"%d " % number + bytes(1000) for number in range(200)]
            sent = [broker.publish(self.topic("a"), Message(body)) for body in bodies]
            for completion in sent:
                await done(completion)
            await inbox.reach(200, self.timeout)
            assert set(inbox.bodies) == set(bodies)
            assert proxy.accepted == 1

    async def test_a_lease_is_kept_alive_from_afar(self) -> None:
        """Latency does not end it."""
        self.needs("acknowledgement", "lease")
        async with self.proxied(lease=self.short_lease) as (proxy, broker):
            lease = broker.capabilities.lease
            assert lease is not None
            inbox, _ = await self.attach(broker, "a", group="g", ack=False)
            proxy.latency = lease / 10
            await self.publish(broker, b"x", "a")
            delivery = await inbox.take(self.timeout)
            ends = time.monotonic() + 2 * lease
            while time.monotonic() < ends:
                await asyncio.sleep(lease / 5)
                await done(delivery.keep_alive())
            await done(delivery.ack())
            await asyncio.sleep(self.quiet + 2 * proxy.latency)
            assert len(inbox) == 1
