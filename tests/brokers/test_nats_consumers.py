"""Streams and consumers that exist already, go away, or are not as wished."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import nats
import pytest
import pytest_asyncio
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig

from wasi_messaging.brokers._nats import pull
from wasi_messaging.brokers._nats.consumers import durable_name
from wasi_messaging.brokers.nats import NatsBroker, NatsSettings
from wasi_messaging.errors import BrokerError
from wasi_messaging.message import Message
from wasi_messaging.testing.servers import NatsServer
from wasi_messaging.testing.suite import Inbox, done

from .fake_nats import frozen, until


class Site:
    """A server, a stream's name on it, and an administrator's connection."""

    def __init__(self, server: NatsServer, js: JetStreamContext) -> None:
        self.server = server
        self.js = js
        self.name = f"S{uuid4().hex[:8]}"

    def broker(self, **stream: object) -> NatsBroker:
        """A connection of ours."""
        given = {"name": self.name, "subjects": [f"{self.name}.>"], "create": True, **stream}
        return NatsBroker(NatsSettings.model_validate({"url": self.server.url, "stream": given}))

    @property
    def topic(self) -> str:
        """One that the stream stores."""
        return f"{self.name}.a"


@pytest_asyncio.fixture
async def site(nats_server: NatsServer) -> AsyncIterator[Site]:
    """With a fresh name."""
    connection = await nats.connect(nats_server.url)
    yield Site(nats_server, connection.jetstream())
    await connection.close()


async def attach(broker: NatsBroker, pattern: str, group: str | None = "g") -> Inbox:
    """Subscribe an inbox."""
    inbox = Inbox(ack=True)
    await broker.subscribe(pattern, inbox, group=group, prefetch=10, start="new")
    return inbox


async def test_a_stream_that_does_not_exist(site: Site) -> None:
    """Without ``create`` it is an error that says how to create it."""
    with pytest.raises(BrokerError, match="create = true"):
        await site.broker(create=False).open()


async def test_a_stream_is_created_as_configured(site: Site) -> None:
    """With its limits."""
    async with site.broker(max_age="1h", max_bytes="1MiB", max_msgs=7, storage="memory") as broker:
        assert not broker.capabilities.durable
        config = (await site.js.stream_info(site.name)).config
        assert (config.max_age, config.max_bytes, config.max_msgs) == (3600, 2**20, 7)
        for number in range(9):
            await done(broker.publish(site.topic, Message(b"%d" % number)))
        assert (await site.js.stream_info(site.name)).state.messages == 7


async def test_an_existing_stream_is_left_as_it_is(site: Site) -> None:
    """It is adopted, if it stores what is wanted."""
    await site.js.add_stream(name=site.name, subjects=[f"{site.name}.>"], max_msgs=3)
    async with site.broker(max_msgs=100, subjects=[site.topic]):
        assert (await site.js.stream_info(site.name)).config.max_msgs == 3
    with pytest.raises(BrokerError, match=r"does not store elsewhere\.>.*it stores"):
        await site.broker(subjects=["elsewhere.>"]).open()


async def test_a_consumer_with_the_name_of_the_group_is_adopted(site: Site) -> None:
    """With its position; nothing about it is changed."""
    async with site.broker() as broker:
        await done(broker.publish(site.topic, Message(b"before")))
        config = ConsumerConfig(durable_name="g", filter_subject=site.topic, ack_wait=60)
        await site.js.add_consumer(site.name, config)
        inbox = await attach(broker, site.topic)
        assert (await inbox.take(5)).message.data == b"before"
        assert [one.name for one in await site.js.consumers_info(site.name)] == ["g"]
        assert (await site.js.consumer_info(site.name, "g")).config.ack_wait == 60


async def test_a_consumer_with_another_filter_is_not(site: Site) -> None:
    """The group then has one under a name of its own for each pattern."""
    async with site.broker() as broker:
        await site.js.add_consumer(site.name, ConsumerConfig(durable_name="g"))
        await attach(broker, site.topic)
        await attach(broker, f"{site.name}.>")
        names = {one.name for one in await site.js.consumers_info(site.name)}
        patterns = (site.topic, f"{site.name}.>")
        assert names == {"g", *(durable_name("g", pattern) for pattern in patterns)}


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        (ConsumerConfig(ack_policy=AckPolicy.NONE), "acknowledges by 'none'"),
        (ConsumerConfig(deliver_subject="x"), "push consumer"),
        (ConsumerConfig(ack_wait=5), "ack_wait = 5"),
        (ConsumerConfig(backoff=[1, 60], max_deliver=3), "redelivers after 1 s"),
    ],
)
async def test_a_consumer_that_cannot_be_used(
    site: Site, config: ConsumerConfig, problem: str
) -> None:
    """The error says what about it, instead of losing messages."""
    async with site.broker() as broker:
        config = config.evolve(durable_name="g", filter_subject=site.topic)
        await site.js.add_consumer(site.name, config)
        with pytest.raises(BrokerError, match=problem):
            await attach(broker, site.topic)


async def test_a_changed_lease_reaches_the_consumer(site: Site) -> None:
    """Settings hold for the group's own consumer, whose position stays."""
    async with site.broker() as broker:
        await attach(broker, site.topic)
    async with site.broker(ack_wait="5s") as broker:
        await done(broker.publish(site.topic, Message(b"x")))
        inbox = await attach(broker, site.topic)
        assert (await inbox.take(5)).message.data == b"x"
        name = durable_name("g", site.topic)
        assert (await site.js.consumer_info(site.name, name)).config.ack_wait == 5


@pytest.mark.parametrize("group", ["g", None])
async def test_a_consumer_that_is_deleted_comes_back(site: Site, group: str | None) -> None:
    """Without a gap: it begins after what was received."""
    async with site.broker() as broker:
        inbox = await attach(broker, site.topic, group)
        await done(broker.publish(site.topic, Message(b"1")))
        await inbox.take(5)
        (consumer,) = await site.js.consumers_info(site.name)
        await site.js.delete_consumer(site.name, consumer.name)
        for number in (2, 3):
            await done(broker.publish(site.topic, Message(b"%d" % number)))
        await inbox.reach(3, 5)
        assert inbox.bodies == [b"1", b"2", b"3"]


async def test_a_subscriber_on_its_own_leaves_no_consumer(site: Site) -> None:
    """It is deleted as the subscription stops."""
    async with site.broker() as broker:
        subscription = await broker.subscribe(
            site.topic, Inbox(), group=None, prefetch=1, start="new"
        )
        assert len(await site.js.consumers_info(site.name)) == 1
        await subscription.stop()
        assert not await site.js.consumers_info(site.name)


async def test_silence_is_noticed(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """When heartbeats stay away the subscription asks again, on a fresh address."""
    monkeypatch.setattr(pull, "HEARTBEAT", 0.1)
    async with site.broker() as broker:
        inbox = await attach(broker, site.topic)
        async with frozen(site.server.pid):
            await asyncio.sleep(0.6)
        await done(broker.publish(site.topic, Message(b"x")))
        assert (await inbox.take(5)).message.data == b"x"


async def test_a_request_that_expires_is_renewed(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every request for messages has an end; the subscription has not."""
    monkeypatch.setattr(pull, "EXPIRES", 0.25)
    monkeypatch.setattr(pull, "HEARTBEAT", 0.1)
    async with site.broker() as broker:
        inbox = await attach(broker, site.topic)
        for number in range(4):
            await asyncio.sleep(0.2)
            await done(broker.publish(site.topic, Message(b"%d" % number)))
        await inbox.reach(4, 5)


async def test_a_long_silence_of_the_topic_is_none_of_the_server(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Heartbeats tell the one from the other: nothing is done again."""
    monkeypatch.setattr(pull, "HEARTBEAT", 0.1)
    async with site.broker() as broker:
        await attach(broker, site.topic)
        await asyncio.sleep(0.8)
    assert "heartbeat" not in caplog.text


async def test_a_stored_request_is_answered_by_its_handler_only(site: Site) -> None:
    """The confirmation of the stream is no reply, and the reply address no metadata."""
    async with site.broker() as broker:
        inbox = Inbox()
        await broker.subscribe(site.topic, inbox, group="g", prefetch=1, start="new")
        asking = asyncio.ensure_future(
            broker.request(site.topic, Message(b"?"), timeout=5, expected=1)
        )
        delivery = await inbox.take(5)
        assert delivery.message.metadata is None
        await done(broker.reply(delivery, Message(b"!")))
        await done(delivery.ack())
        (reply,) = await asking
        assert reply.data == b"!"


async def test_reply_addresses_of_strangers(site: Site) -> None:
    """A header may not make the host publish to the server's own subjects."""
    async with site.broker() as broker:
        inbox = await attach(broker, site.topic)
        headers = {"wasi-messaging-reply-to": f"$JS.API.STREAM.DELETE.{site.name}"}
        await site.js.publish(site.topic, b"", headers=headers)
        delivery = await inbox.take(5)
        assert broker.reply(delivery, Message(b"")) is None
        await done(broker.publish(site.topic, Message(b"still there")))


async def test_many_publishes_wait_for_their_turn(site: Site) -> None:
    """More than the window are on their way; all are confirmed, in order."""
    async with site.broker() as broker:
        count = 10_000
        sent = [broker.publish(site.topic, Message(b"%d" % number)) for number in range(count)]
        for one in sent:
            await done(one)
        info = await site.js.stream_info(site.name)
        assert info.state.messages == count
        inbox = Inbox(ack=True)
        await broker.subscribe(site.topic, inbox, group="all", prefetch=1000, start="all")
        await until(lambda: len(inbox) == count, 20)
        assert list(map(int, inbox.bodies)) == list(range(count))
