"""Recoveries that meet what nobody thought of, and what is handed back before a restart."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from wasi_messaging.abc import Completion
from wasi_messaging.brokers._nats import pull
from wasi_messaging.brokers._nats.consumers import Consumer
from wasi_messaging.brokers._nats.folder import Running, ServerFolder
from wasi_messaging.brokers._nats.link import Link
from wasi_messaging.brokers.embedded import EmbeddedBroker, EmbeddedSettings
from wasi_messaging.brokers.nats import NatsBroker, NatsSettings
from wasi_messaging.errors import BrokerUnavailableError
from wasi_messaging.message import Message
from wasi_messaging.testing.servers import NatsServer
from wasi_messaging.testing.suite import Inbox, done

from .fake_nats import until


def stream_broker(server: NatsServer, name: str) -> NatsBroker:
    """With a stream of its own."""
    stream = {"name": name, "subjects": [f"{name}.>"], "create": True}
    return NatsBroker(NatsSettings.model_validate({"url": server.url, "stream": stream}))


def embedded(folder: Path, **given: object) -> EmbeddedBroker:
    """In a folder."""
    settings = {"url": "embedded:", **given}
    return EmbeddedBroker(EmbeddedSettings.model_validate(settings, context={"folder": folder}))


async def test_a_subscription_survives_any_error(
    nats_server: NatsServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged, and tried again."""
    async with stream_broker(nats_server, "ANY") as broker:
        inbox = Inbox(ack=True)
        subscription = await broker.subscribe("ANY.a", inbox, group="g", prefetch=1, start="new")
        ensure, failures = Consumer.ensure, [KeyError("unthought"), ValueError("of")]

        async def failing(self: Consumer, after: int | None = None) -> None:
            if failures:
                raise failures.pop(0)
            await ensure(self, after)

        monkeypatch.setattr(Consumer, "ensure", failing)
        assert isinstance(subscription, pull.PullSubscription)
        subscription._recover("a test")
        await until(lambda: not failures)
        await done(broker.publish("ANY.a", Message(b"x")))
        assert (await inbox.take(5)).message.data == b"x"
        assert "unthought" in caplog.text
        await subscription.stop()


async def test_stopped_while_it_recovers(
    nats_server: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server is left without a subscription of it, at whatever point that was."""
    async with stream_broker(nats_server, "STOP") as broker:
        link = broker._link
        assert link is not None
        before = set(link.client._subs), set(link.client.handlers)
        settle = Link.settle
        reached = asyncio.Event()

        async def held(self: Link) -> None:
            reached.set()
            await asyncio.sleep(60)

        subscription = await broker.subscribe("STOP.a", Inbox(), group="g", prefetch=1, start="new")
        assert isinstance(subscription, pull.PullSubscription)
        monkeypatch.setattr(Link, "settle", held)
        subscription._recover("a test", pause=0.0)
        await asyncio.wait_for(reached.wait(), 5)
        monkeypatch.setattr(Link, "settle", settle)
        written: list[bytes] = []
        write = link.client.write

        def recorded(command: bytes) -> Completion:
            written.append(command)
            return write(command)

        monkeypatch.setattr(link.client, "write", recorded)
        await subscription.stop()
        assert any(command.startswith(b"UNSUB") for command in written)
        assert (set(link.client._subs), set(link.client.handlers)) == before


async def test_stopped_while_it_leaves_its_address(
    nats_server: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is on its way to the old one is still waited for, and handed back."""
    async with stream_broker(nats_server, "LEAVE") as broker:
        link = broker._link
        assert link is not None
        round_trip, reached = link.client.round_trip, asyncio.Event()

        async def held(timeout: float) -> bool:
            reached.set()
            await asyncio.sleep(60)
            return False

        subscription = await broker.subscribe(
            "LEAVE.a", Inbox(), group="g", prefetch=1, start="new"
        )
        assert isinstance(subscription, pull.PullSubscription)
        monkeypatch.setattr(link.client, "round_trip", held)
        subscription._recover("a test", pause=0.0)
        await asyncio.wait_for(reached.wait(), 5)
        trips: list[float] = []

        async def counted(timeout: float) -> bool:
            trips.append(timeout)
            return await round_trip(timeout)

        monkeypatch.setattr(link.client, "round_trip", counted)
        await subscription.stop()
        assert trips
        assert subscription._attached is None
        assert len(link.client.handlers) == 2  # confirmations and replies


async def test_looking_for_the_embedded_server_survives_any_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody else would look."""
    async with embedded(tmp_path) as broker:
        running, failures = ServerFolder.running, [KeyError("unthought"), ValueError("of")]

        async def failing(self: ServerFolder) -> Running:
            if failures:
                raise failures.pop(0)
            return await running(self)

        monkeypatch.setattr(ServerFolder, "running", failing)
        broker.changed(connected=False)
        await until(lambda: not failures)
        assert broker._following is not None
        await asyncio.sleep(0.05)
        assert not broker._following.done()
        assert "unthought" in caplog.text


async def test_the_folder_is_left_even_if_closing_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise the server would stay as long as this process."""
    broker = embedded(tmp_path)
    await broker.open()
    close = Link.close

    async def failing(self: Link) -> None:
        await close(self)
        raise RuntimeError("unthought")

    monkeypatch.setattr(Link, "close", failing)
    with pytest.raises(RuntimeError, match="unthought"):
        await broker.close()
    assert broker._folder._users is None


async def test_a_second_attempt_to_open_is_a_user_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An attempt that fails half way leaves the folder; the next one must not go on without."""
    broker = embedded(tmp_path)
    prepare, failures = EmbeddedBroker.prepare, [BrokerUnavailableError("just now")]

    async def failing(self: EmbeddedBroker, *given: object) -> None:
        if failures:
            raise failures.pop()
        await prepare(self, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(EmbeddedBroker, "prepare", failing)
    async with broker:
        assert broker._folder._users is not None


async def test_handed_back_before_the_server_stops(tmp_path: Path) -> None:
    """It comes again as soon as the server is back, not when the lease ends."""
    async with embedded(tmp_path) as broker:
        inbox = Inbox()
        subscription = await broker.subscribe("a", inbox, group="g", prefetch=9, start="all")
        for number in range(3):
            await done(broker.publish("a", Message(b"%d" % number)))
        deliveries = [await inbox.take(5) for _ in range(3)]
        await subscription.stop()
        for delivery in deliveries:
            await done(delivery.nack())
    await until(lambda: not (tmp_path / ".wasi-messaging" / "server.json").exists(), 10)
    async with embedded(tmp_path) as broker:
        began = time.monotonic()
        inbox = Inbox(ack=True)
        await broker.subscribe("a", inbox, group="g", prefetch=9, start="all")
        await inbox.reach(3, 10)
        assert time.monotonic() - began < 5
        assert [delivery.attempt for delivery in inbox.deliveries] == [2, 2, 2]


async def test_opening_the_embedded_broker_does_not_hold_up_the_loop(tmp_path: Path) -> None:
    """Looking for the program and starting it happens in threads."""
    longest = 0.0

    async def tick() -> None:
        nonlocal longest
        while True:
            began = time.monotonic()
            await asyncio.sleep(0.001)
            longest = max(longest, time.monotonic() - began)

    ticking = asyncio.ensure_future(tick())
    async with embedded(tmp_path):
        pass
    ticking.cancel()
    assert longest < 0.2
