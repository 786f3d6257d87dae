"""What a request for messages may bring, and what consumers and streams limit."""

from __future__ import annotations

import asyncio
import json
import logging

import pytest
from nats.js.api import ConsumerConfig, StreamConfig

from wasi_messaging.brokers._nats import pull
from wasi_messaging.brokers._nats.delivery import StreamDelivery
from wasi_messaging.brokers._nats.headers import encode
from wasi_messaging.brokers.nats import NatsSettings
from wasi_messaging.errors import MessageRejectedError
from wasi_messaging.message import Message
from wasi_messaging.testing.servers import NatsServer
from wasi_messaging.testing.suite import Inbox, done

from .test_nats_consumers import Site, attach, site

__all__ = ["site"]

BODY = 3000


@pytest.fixture(scope="module")
def nats_server() -> object:
    """One whose messages are small, so that a few of them are too many for a request."""
    with NatsServer("max_payload: 4096") as server:
        yield server


def size_of(delivery: object) -> int:
    """As the server counts it."""
    assert isinstance(delivery, StreamDelivery)
    message = delivery.message
    return len(message.topic or "") + len(delivery._token) + len(message.data)


@pytest.mark.parametrize("spare", [0, 1, BODY - 1, -1])
async def test_a_request_is_bounded_in_bytes(
    site: Site, spare: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """However the messages fit, the next request follows at once."""
    async with site.broker() as broker:
        for number in range(9):
            await done(broker.publish(site.topic, Message(b"%d" % number + bytes(BODY - 1))))
        probe = Inbox(ack=True)
        await broker.subscribe(site.topic, probe, group="x", prefetch=9, start="all")
        await probe.reach(9, 5)
        assert len({size_of(delivery) for delivery in probe.deliveries}) == 1
        monkeypatch.setattr(pull, "MAX_BATCH_BYTES", 3 * size_of(probe.deliveries[0]) + spare)
        with caplog.at_level(logging.WARNING):
            inbox = Inbox()
            subscription = await broker.subscribe(
                site.topic, inbox, group="y", prefetch=9, start="all"
            )
            await inbox.reach(9, 3)
        assert not caplog.text
        assert isinstance(subscription, pull.PullSubscription)
        assert subscription._request == (5 if spare < 0 else 3)
        assert [delivery.message.data[:1] for delivery in inbox.deliveries] == [
            b"%d" % number for number in range(9)
        ]


async def test_little_comes_after_a_pause(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many messages may be unsettled: what one request brings, then nothing."""
    monkeypatch.setattr(pull, "MAX_BATCH", 20)
    async with site.broker() as broker:
        for number in range(90):
            await done(broker.publish(site.topic, Message(b"%d" % number)))
        inbox = Inbox()
        subscription = await broker.subscribe(
            site.topic, inbox, group="x", prefetch=90, start="all"
        )
        subscription.pause()
        await inbox.reach(20, 3)
        await asyncio.sleep(0.2)  # for what should not come
        assert len(inbox) == 20
        subscription.resume()
        await inbox.reach(90, 3)


async def test_a_message_larger_than_a_request_may_bring(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    """A consumer's own bound does not keep it back."""
    async with site.broker() as broker:
        config = {
            "durable_name": "g",
            "filter_subject": site.topic,
            "ack_policy": "explicit",
            "ack_wait": 30 * 10**9,
            "max_batch": 2,
            "max_bytes": 1000,
            "max_expires": 5 * 10**8,
        }
        request = json.dumps({"stream_name": site.name, "config": config}).encode()
        answer = await site.js._api_request(
            f"$JS.API.CONSUMER.DURABLE.CREATE.{site.name}.g", request
        )
        assert answer["config"]["max_bytes"] == 1000
        with caplog.at_level(logging.WARNING):
            inbox = await attach(broker, site.topic)
            for size in (BODY, 10, BODY, BODY, 10):
                await done(broker.publish(site.topic, Message(bytes(size))))
            await inbox.reach(5, 3)
        assert not caplog.text


async def test_a_consumer_that_gives_up(site: Site) -> None:
    """An adopted one may; our own never does."""
    async with site.broker() as broker:
        config = ConsumerConfig(durable_name="g", filter_subject=site.topic, max_deliver=5)
        await site.js.add_consumer(site.name, config)
        for group, limit in (("g", 5), ("h", None)):
            subscription = await broker.subscribe(
                site.topic, Inbox(), group=group, prefetch=1, start="new"
            )
            assert subscription.max_deliveries == limit


async def test_ids_of_a_stream_made_anew(site: Site) -> None:
    """Its sequence starts again, its ids do not."""
    ids = set()
    for _ in range(2):
        async with site.broker() as broker:
            inbox = await attach(broker, site.topic)
            await done(broker.publish(site.topic, Message(b"")))
            ids.add((await inbox.take(5)).id)
            await site.js.delete_stream(site.name)
    assert len(ids) == 2
    assert all(one is not None and one.startswith(f"{site.name}:1:") for one in ids)


@pytest.mark.parametrize(
    "token",
    [
        b"$JS.ACK.EVENTS.g.1.42.7.1732500000000000000.3",
        b"$JS.ACK._.hash.EVENTS.g.1.42.7.1732500000000000000.3",
        b"$JS.ACK.hub.hash.EVENTS.g.1.42.7.1732500000000000000.3.random",
    ],
)
def test_the_layouts_of_an_acknowledgement(token: bytes) -> None:
    """All name the same message."""
    delivery = StreamDelivery(Message(b""), token, 1, b"", None)  # type: ignore[arg-type]
    assert delivery.id == "EVENTS:42:1732500000000000000"


async def test_how_long_a_stream_remembers(site: Site) -> None:
    """As configured, never longer than it keeps messages; as it is, if it exists."""
    for given, window, retention in (
        ({}, 120, None),
        ({"duplicate_window": "5s"}, 5, None),
        ({"duplicate_window": "5s", "max_age": "2s"}, 2, 2),
        ({"max_age": "1h"}, 120, 3600),
    ):
        broker = site.broker(**given)
        before = broker.capabilities
        assert (before.deduplication, before.retention) == (window, retention)
        async with broker:
            after = broker.capabilities
            assert (after.deduplication, after.retention) == (window, retention)
        await site.js.delete_stream(site.name)
    config = StreamConfig(name=site.name, subjects=[f"{site.name}.>"], max_age=60)
    await site.js.add_stream(config.evolve(duplicate_window=7))
    async with site.broker(duplicate_window="5s") as broker:
        assert (broker.capabilities.deduplication, broker.capabilities.retention) == (7, 60)


async def test_a_check_knows_what_the_id_takes(site: Site) -> None:
    """A message that fits without its id may not fit with it; replies have none."""
    async with site.broker() as broker:
        limit = broker.capabilities.max_message_size
        assert limit is not None
        identifier = "0" * 32
        fitting = Message(bytes(limit - len(encode(Message(b""), None, identifier))))
        over = Message(fitting.data + b"x")
        broker.check(site.topic, fitting, identifier)
        await done(broker.publish(site.topic, fitting, identifier))
        with pytest.raises(MessageRejectedError, match="max_payload"):
            broker.check(site.topic, over, identifier)
        with pytest.raises(MessageRejectedError, match="max_payload"):
            await done(broker.publish(site.topic, over, identifier))
        broker.check(site.topic, over)
        broker.check(None, over, identifier)


@pytest.mark.parametrize("identifier", ["", " x", "a\r\nb", "\ud800"])
async def test_deduplication_ids_that_no_header_can_hold(site: Site, identifier: str) -> None:
    """Refused, as metadata would be."""
    async with site.broker() as broker:
        with pytest.raises(MessageRejectedError):
            await done(broker.publish(site.topic, Message(b""), identifier))


async def test_a_lone_consumer_that_is_deleted_before_anything_came(site: Site) -> None:
    """It begins again where it began, though the stream was empty then."""
    async with site.broker() as broker:
        inbox = Inbox(ack=True)
        subscription = await broker.subscribe(
            site.topic, inbox, group=None, prefetch=9, start="new"
        )
        subscription.pause()
        (consumer,) = await site.js.consumers_info(site.name)
        await site.js.delete_consumer(site.name, consumer.name)
        await done(broker.publish(site.topic, Message(b"x")))
        subscription.resume()
        await inbox.reach(1, 5)


def test_the_window_has_a_least_length() -> None:
    """JetStream's own."""
    with pytest.raises(ValueError, match="duplicate_window"):
        NatsSettings.model_validate(
            {"url": "nats://x", "stream": {"name": "S", "duplicate_window": "10ms"}}
        )
