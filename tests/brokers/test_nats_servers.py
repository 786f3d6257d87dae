"""Core NATS and JetStream with servers that are not as wished."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import nats
import pytest
from nats.aio.msg import Msg

from wasi_messaging.abc import Delivery
from wasi_messaging.brokers._nats import settings
from wasi_messaging.brokers.nats import NatsBroker, NatsSettings
from wasi_messaging.errors import (
    BrokerError,
    BrokerPermissionError,
    BrokerTimeoutError,
    BrokerUnavailableError,
    MessageRejectedError,
)
from wasi_messaging.message import Message
from wasi_messaging.testing.servers import NatsServer
from wasi_messaging.testing.suite import Inbox, done

from .fake_nats import frozen, until

USERS = """
authorization { users: [
  { user: boss, password: secret }
  { user: guest, password: secret, permissions: {
      publish: ["ok.>", "_INBOX.>", "$JS.API.>", "$JS.ACK.>"], subscribe: ["ok.>", "_INBOX.>"] } }
] }
"""


def broker_for(url: str, **given: object) -> NatsBroker:
    """A broker with short patience."""
    return NatsBroker(NatsSettings.model_validate({"url": url, "connect_timeout": 2, **given}))


@pytest.fixture(scope="module")
def guarded() -> Iterator[NatsServer]:
    """A server that knows two users."""
    with NatsServer(USERS) as server:
        yield server


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"user": "boss", "password": "wrong"},
        {"token": "wrong"},
    ],
)
async def test_refused_logins(guarded: NatsServer, given: dict[str, str]) -> None:
    """No login, a wrong one, one of another kind."""
    with pytest.raises(BrokerPermissionError, match="refused the login"):
        await broker_for(guarded.url, **given).open()


async def test_files_that_are_no_credentials(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error names the file."""
    monkeypatch.setattr(settings, "find_spec", lambda _: True)
    (tmp_path / "file").write_text("something else", encoding="utf-8")
    for name, problem in (("file", "is not a"), ("missing", "No such file")):
        for key in ("nkey", "credentials"):
            broker = broker_for("nats://127.0.0.1:9", **{key: str(tmp_path / name)})
            with pytest.raises(BrokerError, match=rf"{name}.*{problem}"):
                await broker.open()


async def test_login_in_the_url_and_beside_it(guarded: NatsServer) -> None:
    """Both work, also with characters that a URL must escape."""
    async with broker_for(guarded.url, user="boss", password="secret"):
        pass
    async with broker_for(guarded.url.replace("//", "//boss:%73ecret@")):
        pass


async def test_what_the_login_may_not_do(guarded: NatsServer) -> None:
    """Subscribing, requesting and publishing with confirmation fail with a permission error."""
    stream = {"name": "P", "subjects": ["ok.>", "no.>"], "create": True}
    login = {"user": "guest", "password": "secret"}
    async with broker_for(guarded.url, **login) as broker:
        with pytest.raises(BrokerPermissionError, match=r"subscribe to 'no\.x'"):
            await broker.subscribe("no.x", Inbox(), group=None, prefetch=1, start="new")
        with pytest.raises(BrokerPermissionError, match=r"publish to 'no\.x'"):
            await broker.request("no.x", Message(b""), timeout=5, expected=1)
    async with broker_for(guarded.url, **login, stream=stream) as broker:
        await done(broker.publish("ok.x", Message(b"")))
        with pytest.raises(BrokerPermissionError, match=r"publish to 'no\.x'"):
            await done(broker.publish("no.x", Message(b"")))
        await done(broker.publish("ok.x", Message(b"")))


async def test_a_server_without_jetstream() -> None:
    """A stream is asked for in vain; the error says what to do."""
    with NatsServer(jetstream=False) as server:
        stream = {"name": "S", "subjects": ["s"], "create": True}
        with pytest.raises(BrokerUnavailableError, match="JetStream"):
            await broker_for(server.url, stream=stream).open()


CERTIFICATE = """
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2
-subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout key.pem -out cert.pem
"""


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A folder with ``cert.pem`` and ``key.pem``."""
    subprocess.run(CERTIFICATE.split(), cwd=tmp_path, check=True, capture_output=True)
    return tmp_path


async def test_tls(certificate: Path) -> None:
    """The authority must be known; then it works, client certificate included."""
    cert, key = certificate / "cert.pem", certificate / "key.pem"
    config = f'tls {{ cert_file: "{cert}", key_file: "{key}", ca_file: "{cert}", verify: true }}'
    with NatsServer(config) as server:
        url = server.url.replace("nats://", "tls://")
        with pytest.raises(BrokerUnavailableError, match=r"not trusted.*tls_ca"):
            await broker_for(url).open()
        files = {"tls_ca": str(cert), "tls_cert": str(cert), "tls_key": str(key)}
        async with broker_for(url, **files) as broker:
            inbox = Inbox(ack=True)
            await broker.subscribe("a", inbox, group=None, prefetch=1, start="new")
            await done(broker.publish("a", Message(b"safe")))
            assert (await inbox.take(5)).message.data == b"safe"


async def test_core_drops_what_nobody_keeps_up_with(
    nats_server: NatsServer, caplog: pytest.LogCaptureFixture
) -> None:
    """Beyond the pending limits messages are dropped, counted and reported, once in a while."""
    async with broker_for(nats_server.url, pending_messages=5) as broker:
        inbox = Inbox()
        with caplog.at_level(logging.WARNING, "wasi_messaging.brokers.nats"):
            subscription = await broker.subscribe(
                "slow", inbox, group=None, prefetch=2, start="new"
            )
            for number in range(20):
                await done(broker.publish("slow", Message(b"%d" % number)))
            await until(lambda: getattr(subscription, "dropped", 0) == 13)
            assert "'slow' is not keeping up: 1 messages dropped" in caplog.text
            assert caplog.text.count("keeping up") == 1
        for delivery in list(inbox.deliveries):
            await done(delivery.ack())
        await until(lambda: len(inbox) == 4)
        await subscription.stop()
        assert "'slow' is not keeping up: 13 messages dropped so far" in caplog.text
        assert caplog.text.count("keeping up") == 2
        assert "3 messages held for 'slow', or on their way to it, are dropped" in caplog.text
        assert subscription.dropped == 16


async def test_a_publish_without_confirmation_ends(nats_server: NatsServer) -> None:
    """A server that hangs is given ``publish_timeout``."""
    with NatsServer() as server:
        stream = {"name": "S", "subjects": ["s"], "create": True}
        async with broker_for(server.url, stream=stream, publish_timeout=0.3) as broker:
            async with frozen(server.pid):
                began = time.monotonic()
                with pytest.raises(BrokerTimeoutError, match="publish_timeout"):
                    await done(broker.publish("s", Message(b"")))
                assert 0.25 < time.monotonic() - began < 2
            await done(broker.publish("s", Message(b"")))


async def test_what_is_unconfirmed_when_the_server_dies_ends(nats_server: NatsServer) -> None:
    """At once, as unavailable, and says that it may have been stored."""
    with NatsServer() as server:
        stream = {"name": "S", "subjects": ["s"], "create": True}
        async with broker_for(server.url, stream=stream) as broker:
            pid = server.pid
            async with frozen(pid):
                waiting = [
                    asyncio.ensure_future(done(broker.publish("s", Message(b"")))) for _ in range(3)
                ]
                await asyncio.sleep(0)
                os.kill(pid, signal.SIGKILL)
            for one in await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), 5):
                assert isinstance(one, BrokerUnavailableError)
                assert "may have been stored" in str(one)


async def test_a_topic_outside_the_stream(nats_server: NatsServer) -> None:
    """Nothing would store it: refused, with what the stream stores."""
    stream = {"name": "OUT", "subjects": ["out.>"], "create": True}
    async with broker_for(nats_server.url, stream=stream) as broker:
        with pytest.raises(MessageRejectedError, match=r"out\.>"):
            await done(broker.publish("other", Message(b"")))


async def test_a_group_for_what_is_outside_the_stream(nats_server: NatsServer) -> None:
    """Would wait for ever: refused before anything is published."""
    stream = {"name": "PART", "subjects": ["part.*", "whole.>"], "create": True}
    async with broker_for(nats_server.url, stream=stream) as broker:
        for pattern in ("other", "part.a.b", "part.>", ">", "whole"):
            with pytest.raises(
                MessageRejectedError, match=r"no stream stores.*has part\.\*, whole"
            ):
                await broker.declare(pattern, "g")
        for pattern in ("part.a", "part.*", "whole.a.b", "whole.*", "whole.>", "whole.*.>"):
            await broker.declare(pattern, "g")
    async with broker_for(nats_server.url) as core:
        with pytest.raises(BrokerError, match="give the client a stream"):
            await core.declare("part.a", "g")


async def test_a_peer_with_nats_py(nats_server: NatsServer) -> None:
    """What other programs send arrives, and the other way round."""
    peer = await nats.connect(nats_server.url)
    got: asyncio.Queue[Msg] = asyncio.Queue()
    await peer.subscribe("to.peer", cb=got.put)
    await peer.flush()
    async with broker_for(nats_server.url) as broker:
        inbox = Inbox(ack=True)
        await broker.subscribe("from.peer", inbox, group=None, prefetch=9, start="new")
        await peer.publish("from.peer", b"1", headers={"Content-Type": "a/b", "k": "ä"})
        message = (await inbox.take(5)).message
        assert (message.data, message.content_type) == (b"1", "a/b")
        assert message.metadata == (("k", "ä"),)
        await done(broker.publish("to.peer", Message(b"2", "c/d", (("k", "ö"),))))
        received = await asyncio.wait_for(got.get(), 5)
        assert received.headers == {"content-type": "c/d", "k": "ö"}
    await peer.close()


async def test_request_and_reply_with_a_peer(nats_server: NatsServer) -> None:
    """Natively, in both directions."""
    peer = await nats.connect(nats_server.url)

    async def answer(message: Msg) -> None:
        await message.respond(b"from peer")

    await peer.subscribe("ask.peer", cb=answer)
    await peer.flush()
    async with broker_for(nats_server.url) as broker:
        (reply,) = await broker.request("ask.peer", Message(b""), timeout=5, expected=1)
        assert reply.data == b"from peer"

        def receive(delivery: Delivery) -> None:
            broker.reply(delivery, Message(b"from us"))

        await broker.subscribe("ask.us", receive, group=None, prefetch=1, start="new")
        assert (await peer.request("ask.us", b"", timeout=5)).data == b"from us"
    await peer.close()
