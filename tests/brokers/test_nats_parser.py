"""The parser gives what nats-py's own gives, however the bytes are cut."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import pairwise
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nats.errors import ProtocolError
from nats.protocol.parser import Parser

from wasi_messaging.brokers._nats.client import RawClient
from wasi_messaging.brokers._nats.parser import RawParser


class Handlers:
    """There is one for each number; it notes the message."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def get(self, sid: bytes) -> Callable[..., None]:
        """That of a subscription."""
        return lambda *message: self._client.heard.append(("message", sid, *message))


class Client:
    """Notes what a parser tells its client."""

    def __init__(self) -> None:
        self.heard: list[tuple[Any, ...]] = []

    @property
    def handlers(self) -> Handlers:
        """Those of all subscriptions."""
        return Handlers(self)

    async def _process_msg(self, sid: int, *message: object) -> None:
        self.handlers.get(b"%d" % sid)(*message)

    async def _process_ping(self) -> None:
        self.heard.append(("ping",))

    async def _process_pong(self) -> None:
        self.heard.append(("pong",))

    async def _process_err(self, text: str) -> None:
        self.heard.append(("error", text))

    async def _process_info(self, info: dict[str, Any]) -> None:
        self.heard.append(("info", info))


bodies = st.one_of(
    st.binary(max_size=40), st.sampled_from((b"\r\n", b"MSG a 1 3\r\n", b"PING\r\n"))
)
replies = st.sampled_from((b"", b"_INBOX.x.1 "))


def message(sid: int, reply: bytes, body: bytes) -> bytes:
    """A message as the server sends it."""
    return b"MSG a.b %d %b%d\r\n%b\r\n" % (sid, reply, len(body), body)


def with_headers(sid: int, reply: bytes, body: bytes) -> bytes:
    """The same with headers."""
    block = b"NATS/1.0\r\nk: v\r\n\r\n"
    sizes = (len(block), len(block) + len(body))
    return b"HMSG a.b %d %b%d %d\r\n%b%b\r\n" % (sid, reply, *sizes, block, body)


commands = st.sampled_from(
    (b"PING\r\n", b"PONG\r\n", b"+OK\r\n", b"-ERR 'Slow Consumer'\r\n", b'INFO {"a":1}\r\n')
)
items = st.one_of(
    st.builds(message, st.integers(1, 99), replies, bodies),
    st.builds(with_headers, st.integers(1, 99), replies, bodies),
    commands,
)


def parsed(kind: type[Parser], pieces: list[bytes]) -> list[tuple[Any, ...]]:
    """What the client hears of these bytes."""
    client = Client()
    parser = kind(client)

    async def feed() -> None:
        for piece in pieces:
            await parser.parse(piece)

    asyncio.run(feed())
    assert not parser.buf
    return client.heard


@settings(max_examples=400, deadline=None)
@given(st.lists(items, max_size=12), st.lists(st.integers(0, 400), max_size=8))
def test_however_it_is_cut(sent: list[bytes], cuts: list[int]) -> None:
    """In pieces of any size, also in the middle of everything."""
    data = b"".join(sent)
    places = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    pieces = [data[start:end] for start, end in pairwise(places)]
    assert parsed(RawParser, pieces) == parsed(Parser, [data])


def test_byte_by_byte() -> None:
    """The smallest pieces there are."""
    data = message(1, b"r ", b"body") + b"PING\r\n" + with_headers(2, b"", b"") + b"+OK\r\n"
    assert parsed(RawParser, [bytes([one]) for one in data]) == parsed(Parser, [data])


@pytest.mark.parametrize(
    "data", [b"MSG a b c\r\n", b"MSG a 1\r\n\r\n", b"MSG\x20\r\nx\r\n", b"X\r\n"]
)
def test_nonsense_is_an_error_of_the_protocol(data: bytes) -> None:
    """The connection is given up, as with nats-py's own."""
    with pytest.raises(ProtocolError):
        parsed(RawParser, [data])


def test_what_a_handler_raises_ends_nothing_and_nobody_subscribed_is_no_error() -> None:
    """The messages behind it still reach theirs, and it is told of."""
    heard: list[bytes] = []
    failed: list[tuple[bytes, str]] = []

    def fails(*_: object) -> None:
        raise KeyError("of a handler")

    class Connection(Client):
        """A subscription whose handler raises, one that is gone, and one that hears."""

        handlers = {b"1": fails, b"3": lambda *message: heard.append(message[2])}  # type: ignore[assignment] # noqa: RUF012

        def handler_failed(self, subject: bytes, error: Exception) -> None:
            """A handler's error."""
            failed.append((subject, repr(error)))

    parser = RawParser(cast("RawClient", Connection()))
    data = b"".join(message(sid, b"", b"%d" % sid) for sid in (1, 2, 3))
    asyncio.run(parser.parse(data))
    assert heard == [b"3"]
    assert failed == [(b"a.b", "KeyError('of a handler')")]
