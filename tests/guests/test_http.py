"""http: a guest's requests go to the hosts that are granted, and to no other."""

import asyncio
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from wasi_messaging import DeadlineExceededError, GuestError, UnsupportedWorldError
from wasi_messaging.testing import collect

from .hosting import COMPILES, handle, hosting

pytestmark = COMPILES
LOG = "wasi_messaging.component.guest"


class Server(ThreadingHTTPServer):
    """Answers with what it was sent; "/slow" with nothing, "/hold" with half an answer."""

    daemon_threads = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[str] = []
        self.gone = threading.Semaphore(0)

    @property
    def host(self) -> str:
        """Its address, as a grant names it."""
        return f"127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: Server

    def do_POST(self) -> None:
        """Read the body, which comes in chunks, and send it back."""
        self.server.asked.append(self.path)
        size = int(self.rfile.readline(), 16)
        body = self.rfile.read(size)
        if self.path == "/slow":
            self.wait_until_asker_is_gone()
            return
        self.send_response(201)
        if self.path == "/hold":
            self.send_header("content-length", "1")
            self.end_headers()
            self.wait_until_asker_is_gone()
            return
        self.end_headers()
        self.wfile.write(self.headers["host"].encode() + b" was sent " + body)

    def wait_until_asker_is_gone(self) -> None:
        """Read the rest of the body, and that nothing follows it."""
        while self.rfile.readline():
            pass
        self.server.gone.release()

    def log_message(self, *_: object) -> None:
        """Tests have no use for it."""


@pytest.fixture
def server() -> Iterator[Server]:
    """A running server."""
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


async def test_a_granted_host(server: Server) -> None:
    """Status and body, of a reused instance as of a fresh one."""
    for isolation in ("instance", "message"):
        async with (
            hosting("http/python", http=[server.host], isolation=isolation) as host,
            collect(host.broker(), "out") as sent,
        ):
            for _ in range(2):
                await handle(host, data=f"http://{server.host}/a".encode())
            messages = await sent.wait(2)
        assert [message.data for message in messages] == [
            f"201 {server.host} was sent hello".encode()
        ] * 2
    assert server.asked == ["/a"] * 4


@pytest.mark.parametrize(
    ("url", "entry"),
    [
        ("http://localhost:{port}/", "localhost:{port}"),
        ("http://127.0.0.1/", "127.0.0.1"),
        ("https://127.0.0.1/", "127.0.0.1"),
        ("http://internal.test/", "internal.test"),
        ("http://a.internal.test:81/", "a.internal.test:81"),
        ("http://0177.0.0.1:{port}/", "0177.0.0.1:{port}"),
    ],
)
async def test_another_host(
    server: Server, url: str, entry: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Another name, another port, what is not below a name; the log says what to set."""
    granted = [server.host, "*.internal.test"]
    async with hosting("http/python", http=granted) as host:
        with pytest.raises(GuestError, match=r"^other: ErrorCode_HttpRequestDenied$"):
            await handle(host, data=url.format(port=server.server_port).encode())
    told = [record for record in caplog.records if record.name == LOG]
    assert [record.levelno for record in told] == [logging.WARNING]
    entry = entry.format(port=server.server_port)
    assert told[0].getMessage().startswith("permission denied: an HTTP request to ")
    assert (
        told[0]
        .getMessage()
        .endswith(f'is not granted; to allow it, add "{entry}" to `http` of the component')
    )
    assert server.asked == []


async def test_a_name_in_front_of_a_host(server: Server) -> None:
    """URLs with a user in them are not sent: what host they mean has been misread too often."""
    async with hosting("http/python", http=[server.host]) as host:
        with pytest.raises(GuestError, match=r"^other: ErrorCode_HttpRequestUriInvalid$"):
            await handle(host, data=f"http://x@{server.host}/".encode())
    assert server.asked == []


async def test_a_server_that_does_not_speak_tls(server: Server) -> None:
    """The port is granted, whatever the scheme; the error is that of the connection."""
    async with hosting("http/python", http=[server.host]) as host:
        with pytest.raises(GuestError, match=r"^other: ErrorCode_TlsProtocolError$"):
            await handle(host, data=f"https://{server.host}/".encode())


@pytest.mark.parametrize("isolation", ["instance", "message"])
async def test_the_deadline_ends_a_request(server: Server, isolation: str) -> None:
    """The guest is stopped and its connection closed; the next message is handled."""
    async with (
        hosting("http/python", http=[server.host], deadline="1s", isolation=isolation) as host,
        collect(host.broker(), "out") as sent,
    ):
        with pytest.raises(DeadlineExceededError):
            await handle(host, data=f"http://{server.host}/slow".encode())
        assert server.asked == ["/slow"]
        assert await asyncio.to_thread(server.gone.acquire, timeout=5)
        await handle(host, data=f"http://{server.host}/".encode())
        await sent.wait(1)


async def test_connections_of_an_instance_have_a_limit(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    """Those that the guest is done with are free again."""
    async with (
        hosting("http/python", http=[server.host], instances=1) as host,
        collect(host.broker(), "out") as sent,
    ):
        for _ in range(2):
            with pytest.raises(GuestError, match=r"^other: ErrorCode_ConnectionLimitReached$"):
                await handle(host, "keep", data=f"http://{server.host}/hold".encode())
            for _ in range(64):
                assert await asyncio.to_thread(server.gone.acquire, timeout=5)
        await handle(host, data=f"http://{server.host}/".encode())
        await sent.wait(1)
    assert server.asked == ["/hold"] * 128 + ["/"]
    told = [record.getMessage() for record in caplog.records if record.name == LOG]
    assert told == ["an instance may have 64 HTTP connections at a time, and has them"] * 2


async def test_without_a_grant() -> None:
    """Refused before the first message, with the key to set."""
    with pytest.raises(UnsupportedWorldError) as caught:
        async with hosting("http/python"):
            pass
    text = str(caught.value)
    assert "it imports wasi:http/outgoing-handler@0.2.9, wasi:http/types@0.2.9, and" in text
    assert "no hosts are granted to it" in text
    assert 'set http = ["api.example.org"] in [components.guest] for the hosts' in text
    assert "or http = [] if it makes none" in text


async def test_an_empty_grant(server: Server) -> None:
    """It runs, and may ask nobody."""
    async with hosting("http/python", http=[]) as host:
        with pytest.raises(GuestError, match=r"^other: ErrorCode_HttpRequestDenied$"):
            await handle(host, data=f"http://{server.host}/".encode())
