"""What is used of nats-py beyond its public interface: these notice when a release moves it."""

from __future__ import annotations

import asyncio
import inspect
import logging

import pytest
from nats.aio.client import Client
from nats.aio.transport import TcpTransport

from wasi_messaging.brokers._nats.client import RawClient
from wasi_messaging.brokers._nats.transport import BoundedTransport
from wasi_messaging.brokers.nats import NatsBroker, NatsSettings
from wasi_messaging.errors import BrokerPermissionError, BrokerUnavailableError
from wasi_messaging.message import Message

from .fake_nats import fake_nats, until


def broker_for(url: str, **given: object) -> NatsBroker:
    """A broker with short patience."""
    return NatsBroker(NatsSettings.model_validate({"url": url, "connect_timeout": 2, **given}))


def test_the_members_that_are_used_exist() -> None:
    """With the parameters they are called with."""
    client = Client()
    for name in ("_pending", "_pending_data_size", "_max_pending_size", "_flush_queue", "_pongs"):
        assert hasattr(client, name), name
    for name in ("_sid", "_subs", "_server_info", "_pings_outstanding"):
        assert hasattr(client, name), name
    for name in ("_process_msg", "_process_err", "_process_pong", "_send_ping", "_connect_command"):
        theirs = inspect.signature(getattr(Client, name))
        ours = inspect.signature(getattr(RawClient, name))
        assert list(theirs.parameters) == list(ours.parameters), name
    assert inspect.iscoroutinefunction(Client._process_op_err)
    transport = TcpTransport()  # type: ignore[no-untyped-call]
    for name in ("_io_reader", "_io_writer"):
        assert hasattr(transport, name), name
    for name in ("connect", "read", "writelines", "close", "wait_closed"):
        theirs = inspect.signature(getattr(TcpTransport, name))
        ours = inspect.signature(getattr(BoundedTransport, name))
        assert list(theirs.parameters) == list(ours.parameters), name


async def test_a_message_on_the_wire() -> None:
    """Exactly these bytes: order and repetitions of headers are kept."""
    pairs = (("B", "1"), ("a", "ü"), ("B", "2"), ("e", ""))
    async with fake_nats() as fake, broker_for(fake.url) as broker:
        broker.publish("x.y", Message(b"body", "text/plain", pairs))
        broker.publish("x.z", Message(b"plain"))
        await fake.until_heard(b"PUB")
        block = (
            "NATS/1.0\r\ncontent-type: text/plain\r\nB: 1\r\na: ü\r\nB: 2\r\ne: \r\n\r\n".encode()
        )
        start = fake.heard.index(b"HPUB x.y  %d %d\r\n" % (len(block), len(block) + 4))
        assert fake.heard[start + 1] == block + b"body\r\n"
        assert fake.heard[-2:] == [b"PUB x.z  5\r\n", b"plain\r\n"]


async def test_a_large_body_on_the_wire() -> None:
    """It follows its command without being copied into it, and arrives whole."""
    async with fake_nats() as fake:
        fake.info["max_payload"] = 10**7
        async with broker_for(fake.url) as broker:
            broker.publish("x", Message(b"\r\n" * 100_000))
            broker.publish("y", Message(b"after"))
            await fake.until_heard(b"PUB y")
            assert fake.heard[-2:] == [b"PUB y  5\r\n", b"after\r\n"]
            assert b"\r\n" * 100_001 in fake.heard


async def test_a_ping_goes_after_what_was_published_before() -> None:
    """So its answer means that the server has processed all of that."""
    async with fake_nats() as fake, broker_for(fake.url) as broker:
        heard = len(fake.heard)
        broker.publish("x", Message(b"1"))
        assert broker._link is not None
        await broker._link.settle()
        assert fake.heard[heard:] == [b"PUB x  1\r\n", b"1\r\n", b"PING\r\n"]


async def test_a_pong_that_nobody_waits_for() -> None:
    """Giving up on a round trip does not end the connection."""
    async with fake_nats() as fake, broker_for(fake.url) as broker:
        assert broker._link is not None
        client = broker._link.client
        waiting = asyncio.ensure_future(client.flush(1))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        assert await client.round_trip(2)
        assert await client.round_trip(2)
        assert client.is_connected


async def test_an_error_of_the_server_is_followed_by_a_reconnection(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """nats-py alone would close for good."""
    async with fake_nats() as fake, broker_for(fake.url) as broker:
        with caplog.at_level(logging.INFO, "wasi_messaging.brokers.nats"):
            fake.writers[0].write(b"-ERR 'Slow Consumer'\r\n")
            await fake.until_heard(b"CONNECT", 2)
            await until(lambda: "connected again" in caplog.text)
        broker.publish("x", Message(b""))
        await fake.until_heard(b"PUB x")


async def test_no_credentials_without_tls() -> None:
    """``tls://`` says nothing to a server that does not ask for TLS."""
    async with fake_nats() as fake:
        url = fake.url.replace("nats://", "tls://user:secret@")
        with pytest.raises(BrokerUnavailableError, match="does not speak TLS") as raised:
            await broker_for(url).open()
        assert not fake.heard
        assert "secret" not in str(raised.value)


async def test_a_refused_login() -> None:
    """It is no question of time: a permission error at once, without the password."""
    async with fake_nats() as fake:
        fake.answer = b"-ERR 'Authorization Violation'\r\n"
        url = fake.url.replace("nats://", "nats://user:secret@")
        with pytest.raises(BrokerPermissionError, match="check user and password") as raised:
            await broker_for(url).open()
        assert "secret" not in str(raised.value)


async def test_a_server_that_says_nothing() -> None:
    """Opening ends after ``connect_timeout``."""
    async with fake_nats() as fake:
        fake.greeting = False
        with pytest.raises(BrokerUnavailableError, match="in time"):
            await broker_for(fake.url, connect_timeout=0.3).open()


async def test_a_server_that_falls_silent_while_opening() -> None:
    """The connection that was made is closed again."""
    async with fake_nats() as fake:
        fake.pongs = 1
        with pytest.raises(BrokerUnavailableError, match="does not answer"):
            await broker_for(fake.url, connect_timeout=0.3).open()
        await until(lambda: fake.writers[0].is_closing())


async def test_publishing_while_away_fails_at_once() -> None:
    """Nothing is buffered silently."""
    async with fake_nats() as fake, broker_for(fake.url) as broker:
        fake.greeting = False
        fake.writers[0].transport.abort()
        link = broker._link
        await until(lambda: link is not None and not link.client.is_connected)
        with pytest.raises(BrokerUnavailableError, match="reconnecting"):
            broker.publish("x", Message(b""))


async def test_an_old_question_is_not_asked_on_a_new_connection() -> None:
    """Its answer would be taken for that to a later one."""
    async with fake_nats() as fake, broker_for(fake.url) as broker:
        link = broker._link
        assert link is not None
        client = link.client
        asking = asyncio.ensure_future(client.round_trip(5))
        await asyncio.sleep(0)
        client.write(b"PUB kept  0\r\n\r\n")
        client.release()
        assert (client._pending, client._pending_data_size) == ([b"PUB kept  0\r\n\r\n"], 15)
        assert not await asking
        client._pongs.clear()  # as connecting anew does
