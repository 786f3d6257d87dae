"""Values in the memory of a random component: texts, bytes and pairs, and where they are."""

from __future__ import annotations

import random
import struct
from dataclasses import dataclass
from typing import Literal

Encoding = Literal["utf8", "utf16", "latin1+utf16"]
UTF16_TAG = 1 << 31

Span = tuple[int, int]
"""Address and length, as the canonical ABI counts it."""


@dataclass(frozen=True, slots=True)
class Words:
    """Texts that a component may say, by what they are for."""

    clients: tuple[str, ...] = ("default",) * 12 + ("other", "nobody", "")
    topics: tuple[str, ...] = (
        *("out", "out.a", "out.é", "ask.0", "ask.1", "ask.2") * 5,
        *("deny.x", "nobody.home", "", "a..b", "*", "out.>", "out. x", "out." + "x" * 300),
    )
    texts: tuple[str, ...] = (
        *("", "a", "key", "text/plain", "content-type", "Nats-Msg-Id", "wasi-messaging-attempt"),
        *("é", "日本語", "\U0001f600", "\0", "a\r\nb", " x ", "\ufeff", "e\u0301", "x" * 2000),
    )


class Pool:
    """The data segment of a component, and the addresses of what it holds.

    Args:
        chance: decides what is taken.
        encoding: of its strings.
        start: where it begins.
    """

    def __init__(self, chance: random.Random, encoding: Encoding, start: int) -> None:
        self.encoding = encoding
        self._chance = chance
        self._start = start
        self._bytes = bytearray()
        self._texts: dict[str, Span] = {}
        words = Words()
        self._clients, self._topics, self._words = words.clients, words.topics, words.texts

    @property
    def end(self) -> int:
        """The first address behind it."""
        return self._start + len(self._bytes)

    @property
    def data(self) -> str:
        """In WebAssembly text."""
        return "".join(f"\\{byte:02x}" for byte in self._bytes)

    def text(self, words: str) -> Span:
        """Where this text is."""
        if words not in self._texts:
            encoded, length = encode(words, self.encoding)
            self._texts[words] = (self._put(encoded), length)
        return self._texts[words]

    def client(self) -> Span:
        """A client's name."""
        return self.text(self._chance.choice(self._clients))

    def topic(self) -> Span:
        """A topic."""
        return self.text(self._chance.choice(self._topics))

    def any_text(self) -> Span:
        """Some text."""
        return self.text(self._chance.choice(self._words))

    def some_bytes(self) -> Span:
        """A body, mostly short."""
        length = self._chance.choice((0, 1, 16, 16, 256, 256, 4096))
        content = self._chance.randbytes(length)
        return self._put(content), length

    def broken_text(self) -> Span:
        """Bytes that are no text in any encoding; the length fits."""
        return self._put(b"\xff\xc0\xdc\x00\xd8\xed\xa0\x80"), 4

    def pairs(self) -> Span:
        """Metadata: a list of pairs of texts."""
        count = self._chance.choice((0, 1, 1, 2, 3, 20))
        texts = [self.any_text() for _ in range(2 * count)]
        return self._put(b"".join(struct.pack("<II", *span) for span in texts)), count

    def _put(self, content: bytes) -> int:
        self._bytes += bytes(-len(self._bytes) % 4)
        address = self.end
        self._bytes += content
        return address


def encode(words: str, encoding: Encoding) -> tuple[bytes, int]:
    """A text's bytes, and its length as the canonical ABI gives it."""
    if encoding == "utf8":
        encoded = words.encode()
        return encoded, len(encoded)
    wide = words.encode("utf-16-le")
    if encoding == "utf16":
        return wide, len(wide) // 2
    try:
        narrow = words.encode("latin-1")
    except UnicodeEncodeError:
        return wide, len(wide) // 2 | UTF16_TAG
    return narrow, len(narrow)
