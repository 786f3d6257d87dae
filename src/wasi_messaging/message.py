"""The message as brokers, host and embedding programs see it."""

from __future__ import annotations

from dataclasses import dataclass

Metadata = tuple[tuple[str, str], ...]
"""Ordered pairs of key and value; a key may occur more than once."""


@dataclass(slots=True)
class Message:
    """A message on its way. Treat it as immutable: brokers and the host share it.

    Attributes:
        data: the body.
        content_type: the format of the body, or ``None`` where nobody said.
        metadata: ordered pairs, duplicates allowed; ``None`` where nothing was ever set, as in
            the interface's ``message.metadata``.
        topic: the topic it arrived on; ``None`` for a message that has not been published.
    """

    data: bytes
    content_type: str | None = None
    metadata: Metadata | None = None
    topic: str | None = None

    @property
    def metadata_length(self) -> int:
        """Characters of all keys and values together."""
        length = 0
        for key, value in self.metadata or ():
            length += len(key) + len(value)
        return length

    @property
    def size(self) -> int:
        """Bytes of the body and, about, of the metadata."""
        return len(self.data) + self.metadata_length

    @property
    def flaw(self) -> str | None:
        """What of it is no valid Unicode text, so that no guest can be given it; ``None``: nothing.

        A lone surrogate, as :func:`os.fsdecode` makes of foreign bytes, is text to Python only.
        """
        if self.topic and not (self.topic.isascii() or _is_text(self.topic)):
            return f"topic {self.topic!r}: no valid Unicode text"
        if self.content_type and not (self.content_type.isascii() or _is_text(self.content_type)):
            return f"content type {self.content_type!r}: no valid Unicode text"
        for key, value in self.metadata or ():
            if not (key.isascii() or _is_text(key)) or not (value.isascii() or _is_text(value)):
                return f"metadata {key!r}: a key or value that is no valid Unicode text"
        return None


def _is_text(words: str) -> bool:
    try:
        words.encode()
    except UnicodeEncodeError:
        return False
    return True
