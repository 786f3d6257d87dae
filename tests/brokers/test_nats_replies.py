"""Confirmations and refusals: each reaches the publish it belongs to, and no other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from wasi_messaging.brokers.nats import NatsBroker, NatsSettings
from wasi_messaging.errors import BrokerPermissionError
from wasi_messaging.message import Message
from wasi_messaging.testing.servers import NatsServer
from wasi_messaging.testing.suite import done

GUEST = """
authorization { users: [
  { user: guest, password: secret, permissions: { publish: { deny: [
      "x.a.b", "A.b", 'q."c\\d', "ask.no.x"] } } }
] }
"""
STREAM = {"name": "P", "subjects": ["a.>", "x.>", "A.>", "q.>"], "create": True}


@pytest.fixture(scope="module")
def guarded() -> Iterator[NatsServer]:
    """A server whose only user may not do everything."""
    with NatsServer(GUEST) as server:
        yield server


def broker_for(server: NatsServer, **given: object) -> NatsBroker:
    """Logged in, with the patience of a second."""
    login = {"user": "guest", "password": "secret", "publish_timeout": 1}
    return NatsBroker(NatsSettings.model_validate({"url": server.url, **login, **given}))


@pytest_asyncio.fixture
async def broker(guarded: NatsServer) -> AsyncIterator[NatsBroker]:
    """With a stream."""
    async with broker_for(guarded, stream=STREAM) as broker:
        yield broker


@pytest.mark.parametrize("refused", ["x.a.b", "A.b"])
async def test_a_refusal_of_another_topic(broker: NatsBroker, refused: str) -> None:
    """One that ends alike, or differs in case only, is not touched by it."""
    topics = ["a.b", refused] * 20
    sent = [asyncio.ensure_future(done(broker.publish(topic, Message(b"")))) for topic in topics]
    answers = await asyncio.gather(*sent, return_exceptions=True)
    for topic, answer in zip(topics, answers, strict=True):
        assert (answer is None) == (topic == "a.b"), (topic, answer)
        assert answer is None or isinstance(answer, BrokerPermissionError)


async def test_a_refusal_of_a_topic_with_quotes(broker: NatsBroker) -> None:
    """The server quotes it."""
    with pytest.raises(BrokerPermissionError):
        await done(broker.publish('q."c\\d', Message(b"")))


async def test_a_refusal_makes_room_for_the_next(broker: NatsBroker) -> None:
    """Those that wait for their turn are sent."""
    assert broker._link is not None
    broker._link.confirms._window = 1
    first = asyncio.ensure_future(done(broker.publish("x.a.b", Message(b""))))
    others = [asyncio.ensure_future(done(broker.publish("a.b", Message(b"")))) for _ in range(3)]
    with pytest.raises(BrokerPermissionError):
        await first
    await asyncio.gather(*others)


async def test_a_refused_request_beside_another(guarded: NatsServer) -> None:
    """Only the one fails for its rights."""
    async with broker_for(guarded) as broker:
        allowed = asyncio.ensure_future(broker.request("no.x", Message(b""), timeout=5, expected=1))
        with pytest.raises(BrokerPermissionError):
            await broker.request("ask.no.x", Message(b""), timeout=5, expected=1)
        with pytest.raises(Exception, match="nobody listens"):
            await allowed


async def test_a_stream_named_error(nats_server: NatsServer) -> None:
    """Its name in a confirmation is no error."""
    stream = {"name": "error", "subjects": ["named.error"], "create": True}
    settings = NatsSettings.model_validate({"url": nats_server.url, "stream": stream})
    async with NatsBroker(settings) as broker:
        await done(broker.publish("named.error", Message(b"")))
