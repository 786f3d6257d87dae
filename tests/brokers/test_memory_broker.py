"""The shared behaviour, on the broker in the process."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest

from wasi_messaging.abc import Broker, Completion
from wasi_messaging.brokers.memory import MemoryBroker, MemorySettings
from wasi_messaging.errors import BrokerError, BrokerTimeoutError
from wasi_messaging.message import Message
from wasi_messaging.testing.suite import BrokerSuite, Inbox


class TestMemoryBroker(BrokerSuite):
    """Connections with one name reach one broker."""

    @pytest.fixture(autouse=True)
    def _own_broker(self) -> None:
        self._name = uuid4().hex

    def make_broker(self, *, lease: float | None = None) -> Broker:
        """Another connection."""
        return MemoryBroker(MemorySettings(url=f"memory:{self._name}", lease=lease or 30.0))


def narrow(**given: object) -> MemoryBroker:
    """A broker with room for one message a group."""
    return MemoryBroker(MemorySettings.model_validate({"url": "memory:", "max_queue": 1, **given}))


def publish(broker: Broker, topic: str, body: bytes) -> asyncio.Future[None]:
    """Which has to wait."""
    completion: Completion = broker.publish(topic, Message(body))
    assert isinstance(completion, asyncio.Future)
    return completion


async def test_publishers_at_a_full_queue_keep_their_order() -> None:
    """In each group, whoever is awaited first; and nobody waits for the queue of another."""
    async with narrow() as broker:
        for pattern in ("a", "*", "b"):
            await broker.declare(pattern, "g")
        assert broker.publish("a", Message(b"0")) is None
        waiting = [publish(broker, "ab"[number % 2], b"%d" % number) for number in range(1, 2000)]
        assert broker.publish("c.d", Message(b"nobody")) is None
        inboxes = {pattern: Inbox(ack=True) for pattern in ("b", "a", "*")}
        for pattern, inbox in inboxes.items():
            await broker.subscribe(pattern, inbox, group="g", prefetch=1, start="new")
        await waiting[-1]
        assert all(completion.done() for completion in waiting)
        assert list(map(int, inboxes["*"].bodies)) == list(range(2000))
        assert list(map(int, inboxes["a"].bodies)) == list(range(0, 2000, 2))
        assert list(map(int, inboxes["b"].bodies)) == list(range(1, 2000, 2))


async def test_who_gives_up_waiting_holds_up_nobody() -> None:
    """Neither by time nor by being cancelled; and what was given up does not arrive."""
    async with narrow(publish_timeout="100ms") as broker:
        await broker.declare("a", "g")
        assert broker.publish("a", Message(b"0")) is None
        late, cancelled = publish(broker, "a", b"late"), publish(broker, "a", b"cancelled")
        cancelled.cancel()
        with pytest.raises(BrokerTimeoutError, match="group 'g' for 'a' has been full"):
            await late
        last = publish(broker, "a", b"1")
        inbox = Inbox(ack=True)
        await broker.subscribe("a", inbox, group="g", prefetch=1, start="new")
        await last
        assert inbox.bodies == [b"0", b"1"]


async def test_nobody_waits_for_a_subscriber_that_has_left() -> None:
    """Which would be until the timeout."""
    async with narrow() as broker:
        subscription = await broker.subscribe("a", Inbox(), group=None, prefetch=1, start="new")
        subscription.pause()
        assert broker.publish("a", Message(b"0")) is None
        waiting = [publish(broker, "a", b"%d" % number) for number in range(1, 4)]
        await subscription.stop()
        async with asyncio.timeout(1):
            await asyncio.gather(*waiting)


async def test_a_broker_that_does_not_override_declare() -> None:
    """Keeps nothing, and says so."""
    async with narrow() as broker:
        with pytest.raises(BrokerError, match="keeps nothing for a group that has no members"):
            await Broker.declare(broker, "a", "g")
