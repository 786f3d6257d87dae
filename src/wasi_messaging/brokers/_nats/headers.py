"""Content type and metadata as NATS headers, byte for byte.

A header block is ``NATS/1.0``, then a line ``name: value`` for each header, then an empty line, all
ending in CR LF. nats-py keeps headers in a ``dict`` and strips and rewrites what it is given; the
block is therefore written and read here, in order and with repeated names.

Names are printable ASCII without colon; values are UTF-8 on one line and do not start or end with
white space, because clients strip it there. What does not fit is refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from ...errors import MessageRejectedError
from ...message import Message, Metadata
from .. import subjects

CONTENT_TYPE = "content-type"
MESSAGE_ID = "Nats-Msg-Id"
REPLY_TO = "wasi-messaging-reply-to"
"""Where the answer to a request goes that is stored in a stream: there, the reply address of the
message itself belongs to the stream's confirmation."""

INFORMATIVE = frozenset(
    {
        "nats-last-sequence",
        "nats-msg-size",
        "nats-sequence",
        "nats-service-error",
        "nats-service-error-code",
        "nats-stream",
        "nats-subject",
        "nats-time-stamp",
    }
)
"""``Nats-…`` names that tell something. All others are commands to a server: they are not metadata,
neither shown to a guest nor taken from one."""

_VERSION = b"NATS/1.0"
_CRLF = b"\r\n"
REMEMBERED = 128
"""Characters of the names about which answers are kept; a guest may choose names of any length."""


def _command(name: str) -> bool:
    """Whether a header of this name belongs to the server or to this package."""
    lower = name.lower()
    return lower == REPLY_TO or (lower.startswith("nats-") and lower not in INFORMATIVE)


_known_command = lru_cache(maxsize=4096)(_command)


def _check_name(name: str) -> None:
    if not name:
        raise MessageRejectedError("metadata: NATS has no headers with an empty name")
    if not all("!" <= char <= "~" and char != ":" for char in name):
        raise MessageRejectedError(
            f"metadata {name!r}: a NATS header's name is printable ASCII without space and colon"
        )
    if name.lower() == CONTENT_TYPE:
        raise MessageRejectedError(
            f"metadata {name!r}: this header holds the content type; set that instead"
        )
    if _command(name):
        raise MessageRejectedError(f"metadata {name!r}: this header is reserved for the broker")


_check_known_name = lru_cache(maxsize=4096)(_check_name)


def _check_value(name: str, value: str) -> None:
    if "\n" in value or "\r" in value:
        raise MessageRejectedError(f"{name}: a NATS header's value cannot hold a line break")
    if value != value.strip():
        raise MessageRejectedError(
            f"{name}: a NATS header's value cannot start or end with white space"
        )


def encode(message: Message, reply_to: str | None = None, message_id: str | None = None) -> bytes:
    """The header block of a message; empty if it needs none.

    Args:
        message: whose content type and metadata are written.
        reply_to: where a stored request is answered.
        message_id: by which a stream knows a message that it has stored already.

    Raises:
        MessageRejectedError: something of it would be lost or altered on the way.
    """
    content_type, metadata = message.content_type, message.metadata
    if content_type is None and not metadata and reply_to is None and message_id is None:
        return b""
    lines = ["NATS/1.0\r\n"]
    if message_id is not None:
        if not message_id:
            raise MessageRejectedError("deduplication id: an empty one is none")
        _check_value("deduplication id", message_id)
        lines.append(f"{MESSAGE_ID}: {message_id}\r\n")
    if content_type is not None:
        _check_value("content type", content_type)
        lines.append(f"content-type: {content_type}\r\n")
    if metadata:
        for name, value in metadata:
            (_check_known_name if len(name) <= REMEMBERED else _check_name)(name)
            _check_value(f"metadata {name!r}", value)
            lines.append(f"{name}: {value}\r\n")
    if reply_to is not None:
        lines.append(f"{REPLY_TO}: {reply_to}\r\n")
    lines.append("\r\n")
    try:
        return "".join(lines).encode()
    except UnicodeEncodeError:
        raise MessageRejectedError("metadata: a value that is no valid Unicode text") from None


class Headers(NamedTuple):
    """What a message's header block says."""

    content_type: str | None
    metadata: Metadata | None
    reply_to: str | None


NO_HEADERS = Headers(None, None, None)


def decode(block: bytes) -> Headers:
    """Read a header block. Bytes that are not UTF-8 become U+FFFD."""
    content_type: str | None = None
    reply_to: str | None = None
    metadata: list[tuple[str, str]] = []
    for name, value in _pairs(block):
        if len(name) == len(CONTENT_TYPE) and content_type is None and name.lower() == CONTENT_TYPE:
            content_type = value
        elif (_known_command if len(name) <= REMEMBERED else _command)(name):
            if reply_to is None and name.lower() == REPLY_TO:
                reply_to = value
        else:
            metadata.append((name, value))
    return Headers(content_type, tuple(metadata) or None, reply_to)


def _pairs(block: bytes) -> Iterable[tuple[str, str]]:
    for line in block.decode("utf-8", "replace").split("\r\n")[1:]:
        name, colon, value = line.partition(":")
        if colon and name:
            yield name, value.lstrip(" \t")


NO_RESPONDERS = 503


def status(block: bytes | None) -> int:
    """The number in the first line of a message from the server itself; 0 if it is none."""
    if block is None or not block.startswith(b"NATS/1.0 "):
        return 0
    digits = block[9:12]
    return int(digits) if digits.isdigit() else 0


def status_text(block: bytes) -> str:
    """The words after the number: ``Consumer Deleted``."""
    return block[12:].partition(_CRLF)[0].decode("utf-8", "replace").strip()


def field(block: bytes, name: str) -> str | None:
    """One header of a message from the server."""
    return next((value for key, value in _pairs(block) if key.lower() == name.lower()), None)


def reply_address(headers: Headers) -> bytes:
    """Where to answer a stored request; empty if nowhere.

    The header was written by somebody else. Only an address that is a plain subject, and none of
    the server's own (``$JS.API…``), is answered.
    """
    reply_to = headers.reply_to
    if not reply_to or reply_to.startswith("$"):
        return b""
    try:
        subjects.validate_topic(reply_to)
    except MessageRejectedError:
        return b""
    return reply_to.encode()
