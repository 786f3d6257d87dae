"""Messages as JSON objects, and as lines for people."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wasi_messaging import Message
from wasi_messaging.cli.display import preview, show
from wasi_messaging.cli.records import read_record, write_record

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
PAIRS = st.lists(st.tuples(TEXTS, TEXTS)).map(tuple)


@given(st.binary() | TEXTS.map(str.encode), st.none() | TEXTS, st.none() | PAIRS)
def test_a_message_survives_its_record(
    data: bytes, content_type: str | None, metadata: tuple[tuple[str, str], ...] | None
) -> None:
    """Nothing is lost between subscribe and publish."""
    message = Message(data, content_type, metadata, "a.b")
    line = write_record(message)
    assert "\n" not in line
    topic, again = read_record(line.encode(), None)
    assert topic == "a.b"
    assert again == Message(data, content_type, metadata)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", "not JSON: "),
        ('"text"', "expected a JSON object, got text"),
        ('{"data": 5, "topic": "a"}', '"data" is a number; expected text'),
        ('{"data": {"a": 1}}', '"data" is a table; expected text (JSON as a body is text too'),
        ("{}", 'expected either "data" (text) or "data_base64"'),
        ('{"data": "a", "data_base64": "YQ=="}', 'expected either "data" (text) or'),
        ('{"data_base64": "%"}', '"data_base64" is not base64'),
        ('{"data": "a", "content-type": "b"}', 'unknown key "content-type"; did you mean "content'),
        ('{"data": "a", "metadata": {"k": 1}}', '"metadata" is not an object of texts'),
        ('{"data": "a", "metadata": [["k"]]}', "nor a list of [key, value] pairs"),
        ('{"data": "a", "topic": 5}', '"topic" is a number; expected text'),
        ('{"data": "\\ud800"}', '"data" cannot be written as UTF-8'),
    ],
)
def test_a_line_that_is_no_record(line: str, words: str) -> None:
    """Each mistake is named."""
    with pytest.raises(ValueError, match=r"^.+$") as caught:
        read_record(line.encode(), "a")
    assert words in str(caught.value)


def test_a_line_that_is_not_utf8() -> None:
    """The byte is named."""
    with pytest.raises(ValueError, match=r"not UTF-8 \(byte 11 of the line\)"):
        read_record(b'{"data": "\xff"}', "a")


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", "(empty)"),
        (b"hello", "hello"),
        (b"hello\n", "hello"),
        (b"one\r\ntwo\n", "one\ntwo"),
        (b"a\tb\x1b[31m", "a\tb\\x1b[31m"),
        (b"\xff\x00", "0xff 00 (2 bytes)"),
        (b"a\0b", "0x61 00 62 (3 bytes)"),
        (b"\xff" * 40, "0x" + " ".join(["ff"] * 32) + " … 40 bytes"),
        (b"x" * 2001, "x" * 2000 + " … 1 more characters"),
    ],
)
def test_bodies_for_people(data: bytes, text: str) -> None:
    """Text as text, safe for a terminal; anything else by its first bytes."""
    assert preview(data) == text


def test_a_line_for_people() -> None:
    """Time, topic, content type, metadata, body; a long body below."""
    metadata = (("k", "v\x1b"), ("k", "w"))
    line = show(Message(b"body", "text/plain", metadata, "a.b"), colour=False)
    assert line[12:] == "  a.b  text/plain  k=v\\x1b  k=w  body"
    assert show(Message(b"1\n2", topic="a"), colour=False)[12:] == "  a\n    1\n    2"
    assert "\x1b[36m" in show(Message(b"body", topic="a"), colour=True)
