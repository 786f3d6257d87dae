"""What core NATS loses: what the client drops is counted, what the server drops is noticed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from wasi_messaging import Config, Host, Message, _engine
from wasi_messaging.brokers.nats import NatsBroker, NatsSettings
from wasi_messaging.testing.servers import NatsServer
from wasi_messaging.testing.suite import Inbox, done

from .fake_nats import fake_nats, until

LOGGER = "wasi_messaging.brokers.nats"
BODY = bytes(200_000)


@pytest.fixture
def impatient() -> Iterator[NatsServer]:
    """A server that closes the connection of a client which does not read soon enough."""
    with NatsServer('max_pending: 1MB\nwrite_deadline: "500ms"', jetstream=False) as server:
        yield server


def broker_for(url: str) -> NatsBroker:
    """Core NATS."""
    return NatsBroker(NatsSettings(url=url))


async def test_a_slow_consumer_is_cut_off_by_the_server(
    impatient: NatsServer, caplog: pytest.LogCaptureFixture
) -> None:
    """The gap is counted and logged; how much was lost in it nobody tells the client."""
    caplog.set_level(logging.WARNING, LOGGER)
    async with broker_for(impatient.url) as slow, broker_for(impatient.url) as other:
        inbox = Inbox(ack=True)
        subscription = await slow.subscribe("a", inbox, group=None, prefetch=10, start="new")
        assert slow._link is not None
        reader = slow._link.client._transport._io_reader
        assert reader is not None
        transport = reader._transport  # type: ignore[attr-defined]
        transport.pause_reading()
        for _ in range(100):
            await done(other.publish("a", Message(BODY)))
        log = impatient.folder / "log"
        await until(lambda: "Slow Consumer Detected" in log.read_text())
        transport.resume_reading()
        await until(lambda: subscription.gaps and slow.connected)
        await slow._link.settle()  # the subscription has reached the server again
        assert (subscription.gaps, slow.connection_losses) == (1, 1)
        assert subscription.dropped == 0
        assert len(inbox) < 100
        assert "subscriptions that lose what is published meanwhile: 1" in caplog.text
        before = len(inbox)
        await done(other.publish("a", Message(b"again")))
        await inbox.reach(before + 1, 5)
        await subscription.stop()
        assert not slow._link.listeners


async def test_what_the_server_says_at_the_end_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """In its words, if it says anything: some releases do, some do not."""
    caplog.set_level(logging.WARNING, LOGGER)
    async with fake_nats() as fake, broker_for(fake.url) as broker:
        subscription = await broker.subscribe("a", Inbox(), group=None, prefetch=1, start="new")
        fake.writers[-1].write(b"-ERR 'Slow Consumer'\r\n")
        await until(lambda: subscription.gaps)
        assert not broker.connected
        assert "'Slow Consumer'" in caplog.text
        await until(lambda: broker.connected)


async def test_what_comes_before_the_subscription_is_confirmed_is_held() -> None:
    """As what comes later is: the server sends from when it has it, and answers afterwards."""
    async with fake_nats() as fake, broker_for(fake.url) as broker:
        assert broker._link is not None
        message = b"MSG a %d 1\r\nx\r\n" % (broker._link.client._sid + 1)
        fake.answer = message * 5 + b"PONG\r\n"
        inbox = Inbox()
        subscription = await broker.subscribe("a", inbox, group=None, prefetch=2, start="new")
        fake.answer = b"PONG\r\n"
        assert (len(inbox), subscription.dropped) == (2, 0)
        for number in range(5):
            await inbox.reach(number + 1, 5)
            await done(inbox.deliveries[number].ack())
        await subscription.stop()
        assert subscription.dropped == 0


async def test_what_comes_while_it_stops_is_told(caplog: pytest.LogCaptureFixture) -> None:
    """What the server sent before it knew, and nobody takes any more."""
    async with fake_nats() as fake, broker_for(fake.url) as broker:
        assert broker._link is not None
        message = b"MSG a %d 1\r\nx\r\n" % (broker._link.client._sid + 1)
        subscription = await broker.subscribe("a", Inbox(), group=None, prefetch=2, start="new")
        fake.answer = message * 5 + b"PONG\r\n"
        await subscription.stop()
        fake.answer = b"PONG\r\n"
    assert subscription.dropped == 3
    assert "3 messages held for 'a', or on their way to it, are dropped" in caplog.text
    assert "keeping up" not in caplog.text


async def test_what_the_client_drops_reaches_the_hosts_counters(
    nats_server: NatsServer, root: Path, tmp_path: Path
) -> None:
    """And its metrics, while it runs and after it has stopped."""
    text = root.joinpath("guests/echo/guest.wat").read_text()
    (tmp_path / "echo.wasm").write_bytes(_engine.parse_text(text))
    subscription = {"topic": "losses.in", "max_in_flight": 1}
    config = Config.from_dict(
        {
            "clients": {"default": {"url": nats_server.url, "pending_messages": 3}},
            "components": {
                "echo": {"path": str(tmp_path / "echo.wasm"), "subscriptions": [subscription]}
            },
        }
    )
    async with Host(config) as host, broker_for(nats_server.url) as other:
        attachment = host._subscriptions.attachments[0]
        attachment._subscription._prefetch = 0  # type: ignore[union-attr]  # nothing is taken
        before = host.counters("echo")
        for _ in range(10):
            await done(other.publish("losses.in", Message(b"")))
        await until(lambda: host.counters("echo").missed == 7)
        assert before.missed == 0  # a copy stays as it is
        assert host._components["echo"].counters.missed == 0  # to ask changes nothing
        [family] = [one for one in host.metrics() if one.name.endswith("missed_messages")]
        [sample] = family.samples
        labels = {"component": "echo", "client": "default", "topic": "losses.in", "group": "echo"}
        assert (sample.labels, sample.value) == (labels, 7)
        assert "7 missed" in str(host.counters("echo"))
    assert host.counters("echo").missed == 10


async def test_unconfirmed_publishes(nats_server: NatsServer) -> None:
    """Those that the stream has not confirmed yet."""
    stream = {"name": "UNCONFIRMED", "subjects": ["unconfirmed"], "create": True}
    settings = NatsSettings.model_validate({"url": nats_server.url, "stream": stream})
    async with NatsBroker(settings) as broker:
        under_way = [broker.publish("unconfirmed", Message(b"")) for _ in range(5)]
        assert broker.unconfirmed == 5
        await asyncio.gather(*(done(one) for one in under_way))
        assert broker.unconfirmed == 0
