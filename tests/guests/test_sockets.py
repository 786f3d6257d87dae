"""sockets: a guest reaches the hosts and ports that are granted, and no other."""

import logging
import socket
import threading
from collections.abc import Iterator

import pytest

from wasi_messaging import GuestError
from wasi_messaging.testing import collect

from .hosting import COMPILES, handle, hosting

pytestmark = COMPILES
LOG = "wasi_messaging.component.guest"


@pytest.fixture
def tcp() -> Iterator[int]:
    """The port of a server that answers each connection once."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:  # the test is over
                    return
                with connection:
                    connection.sendall(b"tcp: " + connection.recv(100))

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


@pytest.fixture
def udp() -> Iterator[int]:
    """The port of a server that answers each datagram."""
    with socket.socket(type=socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))

        def serve() -> None:
            while True:
                data, sender = server.recvfrom(100)
                if not data:
                    return
                server.sendto(b"udp: " + data, sender)

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        server.sendto(b"", server.getsockname())
        thread.join()


async def test_what_is_granted(tcp: int, udp: int) -> None:
    """By address and by name, over TCP and UDP."""
    granted = [f"127.0.0.1:{udp}", f"LOCALHOST:{tcp}"]
    async with (
        hosting("sockets/python", sockets=granted) as host,
        collect(host.broker(), "out") as sent,
    ):
        await handle(host, data=b"udp 127.0.0.1 %d" % udp)
        await handle(host, data=b"tcp localhost %d" % tcp)
        messages = await sent.wait(2)
    assert [message.data for message in messages] == [b"udp: hello", b"tcp: hello"]


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ("tcp 127.0.0.1 {tcp}", "reaching 127.0.0.1:{tcp} is not granted"),
        ("udp 127.0.0.1 {tcp}", "reaching 127.0.0.1:{tcp} is not granted"),
        ("tcp localhost {udp}", "reaching 127.0.0.1:{udp} is not granted"),
        ("tcp other.invalid 80", 'looking up "other.invalid" is not granted; to allow it, add'),
        ("listen 127.0.0.1 0", "a component can connect and cannot listen"),
        ("listen 0.0.0.0 0", "a component can connect and cannot listen"),
    ],
)
async def test_what_is_not(
    tcp: int, udp: int, request_: str, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Another port, another host, and listening; the log says what to set."""
    text = request_.format(tcp=tcp, udp=udp)
    # The name is granted with one port, and its address is not by itself.
    async with hosting("sockets/python", sockets=[f"localhost:{tcp}", "[::1]:9"]) as host:
        with pytest.raises(GuestError, match=r"PermissionError.*Permission denied"):
            await handle(host, data=text.encode())
    told = [record for record in caplog.records if record.name == LOG]
    assert [record.levelno for record in told] == [logging.WARNING]
    assert words.format(tcp=tcp, udp=udp) in told[0].getMessage()
    assert told[0].getMessage().startswith("permission denied: ")


@pytest.mark.parametrize("request_", ["tcp 127.0.0.1 9", "udp 127.0.0.1 9", "listen 127.0.0.1 0"])
async def test_without_a_grant(request_: str, caplog: pytest.LogCaptureFixture) -> None:
    """There is not even a socket."""
    async with hosting("sockets/python") as host:
        with pytest.raises(GuestError, match=r"PermissionError.*Permission denied"):
            await handle(host, data=request_.encode())
    told = [record.getMessage() for record in caplog.records if record.name == LOG]
    assert "`sockets` of the component" in told[0]


async def test_a_lookup_gives_an_address_to_its_own_instance(tcp: int) -> None:
    """Another instance has to look the name up itself."""
    async with (
        hosting("sockets/python", sockets=[f"localhost:{tcp}"], isolation="message") as host,
        collect(host.broker(), "out") as sent,
    ):
        await handle(host, data=b"tcp localhost %d" % tcp)
        with pytest.raises(GuestError, match="Permission denied"):
            await handle(host, data=b"tcp 127.0.0.1 %d" % tcp)
        assert [message.data for message in await sent.wait(1)] == [b"tcp: hello"]
