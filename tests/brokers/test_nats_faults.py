"""What only NATS has to do with a bad network: silence, slowness, what is left in the buffer."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest

from wasi_messaging.brokers._nats import pull
from wasi_messaging.brokers.nats import NatsBroker, NatsSettings
from wasi_messaging.errors import BrokerTimeoutError
from wasi_messaging.message import Message
from wasi_messaging.testing.proxy import FaultProxy
from wasi_messaging.testing.servers import NatsServer
from wasi_messaging.testing.suite import Inbox, done

from .fake_nats import until

LOGGER = "wasi_messaging.brokers.nats"


def broker_at(port: int, stream: str = "", **given: object) -> NatsBroker:
    """With short patience, and a stream if it has a name."""
    settings = {"url": f"nats://127.0.0.1:{port}", "connect_timeout": 0.5, **given}
    if stream:
        settings["stream"] = {"name": stream, "subjects": [f"{stream}.>"], "create": True}
    return NatsBroker(NatsSettings.model_validate(settings))


@asynccontextmanager
async def through_proxy(
    server: NatsServer, stream: str = "", **given: object
) -> AsyncIterator[tuple[FaultProxy, NatsBroker]]:
    """An open broker, and the network before it."""
    async with (
        FaultProxy("127.0.0.1", server.port) as proxy,
        broker_at(proxy.port, stream, **given) as broker,
    ):
        yield proxy, broker


@pytest.fixture
def name() -> str:
    """Of a stream of its own."""
    return f"F{uuid4().hex[:8]}"


async def test_a_subscription_notices_that_the_server_has_vanished(
    nats_server: NatsServer, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Heartbeats stay away, a question is not answered: the connection is made anew."""
    monkeypatch.setattr(pull, "HEARTBEAT", 0.1)
    async with (
        through_proxy(nats_server, name) as (proxy, broker),
        broker_at(nats_server.port, name) as other,
    ):
        inbox = Inbox(ack=True)
        await broker.subscribe(f"{name}.a", inbox, group="g", prefetch=10, start="new")
        proxy.stall(only_open=True)
        await done(other.publish(f"{name}.a", Message(b"x")))
        await inbox.reach(1, 10)
        assert proxy.accepted == 2


@pytest.mark.parametrize("stored", [True, False])
async def test_a_slow_server_has_not_vanished(
    nats_server: NatsServer, name: str, *, stored: bool
) -> None:
    """As long as bytes get through the connection stays, though calls take too long."""
    given = {"publish_timeout": 0.3}
    async with through_proxy(nats_server, name if stored else "", **given) as (proxy, broker):
        proxy.bandwidth = 2_000_000
        outcomes: list[BaseException | None] = []
        for _ in range(2):  # the socket's buffer takes the first ones
            sent = [broker.publish(f"{name}.a", Message(bytes(500_000))) for _ in range(20)]
            outcomes += await asyncio.gather(*map(done, sent), return_exceptions=True)
        assert any(isinstance(one, BrokerTimeoutError) for one in outcomes)
        await asyncio.sleep(2)
        proxy.bandwidth = None
        assert broker._link is not None
        assert await broker._link.client.answers(5)
        await done(broker.publish(f"{name}.a", Message(b"")))
        assert proxy.accepted == 1


async def test_a_publish_waits_only_so_long_for_room(nats_server: NatsServer) -> None:
    """It fails, and says that the message may be sent all the same; which it is."""
    async with (
        through_proxy(nats_server, publish_timeout=0.3, connect_timeout=5) as (proxy, broker),
        broker_at(nats_server.port) as other,
    ):
        inbox = Inbox(ack=True)
        await other.subscribe("room", inbox, group=None, prefetch=1000, start="new")
        proxy.stall()
        for _ in range(12):  # the socket's buffer takes them
            broker.publish("room", Message(bytes(1_000_000)))
        await asyncio.sleep(0.1)
        sent = [broker.publish("room", Message(bytes(1_000_000))) for _ in range(12)]
        began = time.monotonic()
        outcomes = await asyncio.gather(*map(done, sent), return_exceptions=True)
        assert 0.25 < time.monotonic() - began < 1
        failed = [one for one in outcomes if one is not None]
        assert failed
        assert all(isinstance(one, BrokerTimeoutError) for one in failed)
        assert "waits to be sent" in str(failed[0])
        proxy.go_on()
        await inbox.reach(24, 10)


async def test_paused_through_a_reconnection(
    nats_server: NatsServer, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    """It comes back paused."""
    for stream in (name, ""):
        async with (
            through_proxy(nats_server, stream, connect_timeout=5) as (proxy, broker),
            broker_at(nats_server.port, stream) as other,
        ):
            inbox = Inbox(ack=True)
            subscription = await broker.subscribe(
                f"{name}.p", inbox, group="g", prefetch=10, start="new"
            )
            subscription.pause()
            with caplog.at_level(logging.INFO, LOGGER):
                caplog.clear()
                proxy.cut()
                await until(lambda: "connected again" in caplog.text)
            await asyncio.sleep(0.2)
            await done(other.publish(f"{name}.p", Message(b"x")))
            await asyncio.sleep(0.2)
            assert not inbox.bodies
            subscription.resume()
            await inbox.reach(1, 5)


async def test_a_pause_is_not_taken_for_silence(
    nats_server: NatsServer,
    name: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Nothing is asked for, so no heartbeat is missing."""
    monkeypatch.setattr(pull, "EXPIRES", 0.25)
    monkeypatch.setattr(pull, "HEARTBEAT", 0.1)
    async with broker_at(nats_server.port, name) as broker:
        inbox = Inbox(ack=True)
        subscription = await broker.subscribe(
            f"{name}.a", inbox, group="g", prefetch=9, start="new"
        )
        subscription.pause()
        await asyncio.sleep(1)
        assert not caplog.text
        await done(broker.publish(f"{name}.a", Message(b"x")))
        await asyncio.sleep(0.1)
        assert not inbox.bodies
        subscription.resume()
        await inbox.reach(1, 5)


async def test_core_holds_what_comes_in_a_pause(
    nats_server: NatsServer, caplog: pytest.LogCaptureFixture
) -> None:
    """Up to its limits; the rest is dropped, counted and reported."""
    async with broker_at(nats_server.port, pending_messages=5) as broker:
        inbox = Inbox(ack=True)
        subscription = await broker.subscribe("held", inbox, group=None, prefetch=9, start="new")
        subscription.pause()
        for number in range(8):
            await done(broker.publish("held", Message(b"%d" % number)))
        await until(lambda: getattr(subscription, "dropped", 0) == 3)
        assert "messages dropped" in caplog.text
        subscription.resume()
        await inbox.reach(5, 5)
        assert inbox.bodies == [b"0", b"1", b"2", b"3", b"4"]
