"""Closing comes to an end, whatever the server does, and tells what was lost."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import signal
import time

import pytest

from wasi_messaging.brokers._nats import client
from wasi_messaging.brokers.nats import NatsBroker, NatsSettings
from wasi_messaging.message import Message
from wasi_messaging.testing.servers import NatsServer
from wasi_messaging.testing.suite import Inbox, done

from .fake_nats import frozen, until

LOGGER = "wasi_messaging.brokers.nats"


def broker_for(url: str, **given: object) -> NatsBroker:
    """A broker with short patience."""
    return NatsBroker(NatsSettings.model_validate({"url": url, "connect_timeout": 2, **given}))


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a second is enough here."""
    monkeypatch.setattr(client, "STALLED", 0.5, raising=False)


@pytest.mark.usefixtures("impatient")
async def test_a_server_that_does_not_read(caplog: pytest.LogCaptureFixture) -> None:
    """It is given up; so are publishers who wait for room; the loss is reported with its size."""
    with NatsServer() as server:
        broker = broker_for(server.url)
        await broker.open()
        async with frozen(server.pid):
            sent = [broker.publish("a", Message(bytes(1_000_000))) for _ in range(40)]
            waiting = [asyncio.ensure_future(done(one)) for one in sent]
            await asyncio.sleep(0.1)
            began = time.monotonic()
            with caplog.at_level(logging.WARNING, LOGGER):
                await asyncio.wait_for(broker.close(), 10)
            assert time.monotonic() - began < 5
            await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), 1)
    found = re.search(r"without an answer of the server: ([\d,]+) bytes were not sent", caplog.text)
    assert found is not None
    assert 20_000_000 < int(found[1].replace(",", "")) < 41_000_000


@pytest.mark.usefixtures("impatient")
async def test_a_cancelled_close_closes() -> None:
    """Whoever waits no longer leaves no connection behind."""
    with NatsServer() as server:
        broker = broker_for(server.url)
        await broker.open()
        link = broker._link
        assert link is not None
        async with frozen(server.pid):
            broker.publish("a", Message(b""))
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(broker.close(), 0.1)
            assert link.client.is_closed


@pytest.mark.usefixtures("impatient")
async def test_more_publishers_waiting_for_room_than_the_queue_holds() -> None:
    """All of them are let go."""
    with NatsServer() as server:
        broker = broker_for(server.url)
        await broker.open()
        async with frozen(server.pid):
            sent = [broker.publish("a", Message(bytes(10_000))) for _ in range(4000)]
            waiting = [asyncio.ensure_future(done(one)) for one in sent]
            await asyncio.sleep(0.1)
            await asyncio.wait_for(broker.close(), 10)
            await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), 2)


async def test_a_slow_reader_gets_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as a server goes on reading it is waited for."""
    monkeypatch.setattr(client, "STALLED", 1.0, raising=False)
    received = bytearray()
    ended = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'INFO {"max_payload": 10000000, "headers": true, "version": "2.11.0"}\r\n')
        while data := await reader.read(2**18):
            received.extend(data)
            writer.write(b"PONG\r\n" * data.count(b"PING\r\n"))
            if len(received) > 10_000:
                await asyncio.sleep(0.02)
        writer.close()
        ended.set()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, limit=2**18)
    broker = broker_for(f"nats://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    await broker.open()
    for _ in range(30):
        broker.publish("a", Message(bytes(1_000_000)))
    await asyncio.wait_for(broker.close(), 20)
    assert received.count(b"PUB a") == 30
    assert len(received) > 30_000_000
    await asyncio.wait_for(ended.wait(), 5)
    server.close()
    await server.wait_closed()


async def test_closed_while_the_server_is_away(caplog: pytest.LogCaptureFixture) -> None:
    """What was kept for its return is reported."""
    with NatsServer() as server:
        stream = {"name": "S", "subjects": ["s"], "create": True}
        broker = broker_for(server.url, stream=stream)
        await broker.open()
        inbox = Inbox()
        await broker.subscribe("s", inbox, group="g", prefetch=1, start="new")
        await done(broker.publish("s", Message(b"")))
        delivery = await inbox.take(5)
        os.kill(server.pid, signal.SIGKILL)
        link = broker._link
        await until(lambda: link is not None and not link.client.is_connected)
        delivery.ack()
        with caplog.at_level(logging.WARNING, LOGGER):
            await asyncio.wait_for(broker.close(), 5)
        assert re.search(r"[1-9]\d* bytes were not sent", caplog.text)


async def test_an_ordinary_close_says_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """Everything arrived."""
    with NatsServer() as server:
        with caplog.at_level(logging.WARNING, LOGGER):
            async with broker_for(server.url) as broker:
                for _ in range(40):
                    broker.publish("a", Message(bytes(1_000_000)))
        assert not caplog.text
