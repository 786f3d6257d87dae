"""Header blocks: exact, or refused."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wasi_messaging.brokers._nats import headers
from wasi_messaging.brokers._nats.broker import MAX_STORED_HEADERS
from wasi_messaging.errors import BrokerError, MessageRejectedError
from wasi_messaging.message import Message
from wasi_messaging.testing.suite import done

from .test_nats_consumers import Site, site

__all__ = ["site"]

PAIRS = st.lists(st.tuples(st.text(max_size=5), st.text(max_size=8)), min_size=1, max_size=5)
NAMES = st.text(
    st.characters(min_codepoint=33, max_codepoint=126, exclude_characters=":"), min_size=1
)


@given(st.none() | st.text(max_size=8), PAIRS)
def test_any_text_is_exact_or_refused(
    content_type: str | None, pairs: list[tuple[str, str]]
) -> None:
    """Whatever can be encoded is decoded as it was."""
    message = Message(b"", content_type, tuple(pairs))
    try:
        block = headers.encode(message)
    except MessageRejectedError:
        return
    assert headers.decode(block) == (content_type, tuple(pairs), None)


@given(NAMES.filter(lambda name: not name.lower().startswith(("nats-", "content-type", "wasi-"))))
def test_every_name_of_printable_ascii_is_carried(name: str) -> None:
    """In its own case."""
    block = headers.encode(Message(b"", None, ((name, "v"),)))
    assert headers.decode(block).metadata == ((name, "v"),)


def test_a_message_without_headers_has_no_block() -> None:
    """An empty list of metadata cannot be told from none."""
    assert headers.encode(Message(b"")) == b""
    assert headers.encode(Message(b"", None, ())) == b""


@pytest.mark.parametrize("name", ["Nats-Msg-Id", "nats-rollup", "Nats-TTL", "Nats-Unheard-Of"])
def test_commands_to_the_server_are_not_metadata(name: str) -> None:
    """They are neither taken from a guest nor shown to one."""
    with pytest.raises(MessageRejectedError, match="reserved"):
        headers.encode(Message(b"", None, ((name, "1"),)))
    assert headers.decode(f"NATS/1.0\r\n{name}: 1\r\na: b\r\n\r\n".encode()).metadata == (
        ("a", "b"),
    )


def test_what_the_server_tells_is_metadata() -> None:
    """In both directions, so that it can be passed on."""
    pairs = (("Nats-Stream", "S"), ("Nats-Service-Error", "no"))
    block = headers.encode(Message(b"", None, pairs))
    assert headers.decode(block).metadata == pairs


def test_the_dead_letter_keys_of_the_host_are_metadata() -> None:
    """Only the reply address is reserved."""
    pairs = (("wasi-messaging-topic", "a"),)
    assert headers.decode(headers.encode(Message(b"", None, pairs))).metadata == pairs
    with pytest.raises(MessageRejectedError, match="reserved"):
        headers.encode(Message(b"", None, (("WASI-Messaging-Reply-To", "x"),)))


def test_how_others_write_headers() -> None:
    """No space after the colon, many, trailing ones, nonsense lines, bytes that are no text."""
    block = b"NATS/1.0\r\nCONTENT-TYPE:a/b\r\nk:v\r\nk: \t w \r\nnonsense\r\n: x\r\nb: \xff\r\n\r\n"
    assert headers.decode(block) == ("a/b", (("k", "v"), ("k", "w "), ("b", "\ufffd")), None)


def test_a_second_content_type_is_metadata() -> None:
    """Nothing of a message is dropped."""
    block = b"NATS/1.0\r\ncontent-type: a\r\nContent-Type: b\r\n\r\n"
    assert headers.decode(block) == ("a", (("Content-Type", "b"),), None)


def test_status_lines() -> None:
    """With and without words and headers."""
    assert headers.status(b"NATS/1.0 503\r\n\r\n") == 503
    assert (
        headers.status(b"NATS/1.0 408 Request Timeout\r\nNats-Pending-Messages: 1\r\n\r\n") == 408
    )
    assert headers.status_text(b"NATS/1.0 409 Consumer Deleted\r\n\r\n") == "Consumer Deleted"
    assert headers.status_text(b"NATS/1.0 503\r\n\r\n") == ""
    assert headers.status(b"NATS/1.0\r\nStatus: 503\r\n\r\n") == 0
    assert headers.status(None) == 0


@pytest.mark.parametrize(
    "reply_to", ["", "$JS.API.STREAM.DELETE.S", "a b", "a\x7f", "a\u00a0b", "a..b", "a.>"]
)
def test_reply_addresses_that_are_not_answered(reply_to: str) -> None:
    """Somebody else wrote them: nothing may be smuggled into the protocol or to the server."""
    assert headers.reply_address(headers.Headers(None, None, reply_to)) == b""


def test_lone_surrogates() -> None:
    """Python can hold text that is none."""
    with pytest.raises(MessageRejectedError, match="Unicode"):
        headers.encode(Message(b"", None, (("k", "\ud800"),)))


def test_long_names_are_not_remembered() -> None:
    """A guest that invents names must not fill the memory with them."""
    names = [f"{number:0>200}" for number in range(10)]
    for name in names:
        block = headers.encode(Message(b"", None, ((name, "v"),)))
        assert headers.decode(block).metadata == ((name, "v"),)
    assert not any(sys.getrefcount(name) > 4 for name in names)


async def test_the_most_that_a_stream_stores(site: Site) -> None:
    """The server takes that, and refuses a byte more; so does the check, before it is asked."""

    def message(size: int) -> Message:
        start = len(headers.encode(Message(b"", None, (("key", ""),))))
        return Message(b"", None, (("key", "x" * (size - start)),))

    most = MAX_STORED_HEADERS
    async with site.broker() as broker:
        broker.check(site.topic, message(most))
        await done(broker.publish(site.topic, message(most)))
        text = r"headers of 65,536 bytes are over the 65,535 that .* stores"
        for attempt in (broker.check, broker.publish):
            with pytest.raises(MessageRejectedError, match=text):
                attempt(site.topic, message(most + 1))
        with pytest.raises(MessageRejectedError, match="over the 65,535 that"):
            await broker.request(site.topic, message(most), timeout=1, expected=1)
        broker.check(None, message(most + 1))

        async def as_the_server_sees_it() -> None:
            refused = headers.encode(message(most + 1))
            assert broker._link is not None
            await broker._link.confirms.publish("t", site.topic.encode(), b"", refused)

        with pytest.raises(BrokerError, match="header size exceeds"):
            await as_the_server_sees_it()
