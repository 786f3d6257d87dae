"""Random messages: any bytes, any text, any number of pairs."""

from __future__ import annotations

import random
from dataclasses import dataclass

from wasi_messaging import Message

ODD_TEXTS = (
    *("", " ", "\0", "\r\n", "a\nb", "a\tb", " a", "a ", "\x7f", "\x85", "\xa0x", "\ufeff"),
    *("\u2028", "\u200b", "\ud800", "\udfff\ud800", "é", "日本語", "\U0001f600", "e\u0301"),
    *("content-type", "Content-Type", "from", "Nats-Msg-Id", "nats-expected-stream"),
    *("wasi-messaging-reply-to", "wasi-messaging-attempt", "key", ":", "a:b", "a=b", "%00"),
)
ODD_TOPICS = ("", ".", "a.", ".a", "a..b", "*", ">", "a.*", "a.>", "a b", "a\0b", "$SYS", "_INBOX")
SIZES = (0, 0, 1, 10, 100, 100, 1000, 1000, 10_000, 70_000)
RARE_SIZES = (1 << 20, (1 << 20) + 1, 3 << 20)


@dataclass(frozen=True, slots=True)
class Range:
    """How far messages go.

    Attributes:
        odd: chance of each part to be something that some broker cannot carry.
        large: chance of a part to be very large.
    """

    odd: float = 0.1
    large: float = 0.01


def message(chance: random.Random, topic: str | None, within: Range) -> Message:
    """A message for a topic."""
    metadata = None
    if chance.random() < 0.6:
        count = chance.choice((0, 1, 1, 2, 3, 10, 50))
        if chance.random() < within.large:
            count = chance.choice((999, 1000, 1001, 3000))
        metadata = tuple((text(chance, within), text(chance, within)) for _ in range(count))
    content_type = text(chance, within) if chance.random() < 0.5 else None
    return Message(chance.randbytes(_size(chance, within)), content_type, metadata, topic)


def topic(chance: random.Random, within: Range) -> str:
    """A topic below ``in``, or something that is none."""
    if chance.random() < within.odd:
        return chance.choice(ODD_TOPICS)
    tokens = [_plain(chance, "abcé日-_/") or "x" for _ in range(chance.randint(1, 4))]
    return ".".join(["in", *tokens])


def text(chance: random.Random, within: Range) -> str:
    """A key, a value or a content type."""
    if chance.random() < within.large:
        return chance.choice("xé日") * _size(chance, within)
    if chance.random() < within.odd:
        return chance.choice(ODD_TEXTS)
    if chance.random() < within.odd:
        return "".join(chr(chance.randrange(0x11_0000)) for _ in range(chance.randint(1, 8)))
    return _plain(chance, "abcdefgh-_")


def _plain(chance: random.Random, letters: str) -> str:
    return "".join(chance.choices(letters, k=chance.randint(1, 12)))


def _size(chance: random.Random, within: Range) -> int:
    rare = chance.random() < within.large
    return chance.choice(RARE_SIZES if rare else SIZES)
