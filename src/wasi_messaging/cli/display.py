"""A message for people: one line where it fits, safe for a terminal."""

from __future__ import annotations

from datetime import datetime

import click

from ..message import Message

MAX_CHARACTERS = 2000
MAX_HEX_BYTES = 32
INDENT = "    "


def show(message: Message, colour: bool) -> str:
    """Time of arrival, topic, content type, metadata, body.

    A body of several lines follows on lines of its own; one that is not text is shown by its first
    bytes. Control characters are spelled out, so that no message can drive the terminal.
    """
    time = datetime.now().astimezone().strftime("%H:%M:%S.%f")[:-3]
    topic = printable(message.topic or "-")
    parts = [_styled(time, colour, dim=True), _styled(topic, colour, fg="cyan", bold=True)]
    if message.content_type is not None:
        parts.append(_styled(printable(message.content_type), colour, fg="green"))
    for key, value in message.metadata or ():
        parts.append(_styled(printable(f"{key}={value}"), colour, dim=True))
    head = "  ".join(parts)
    body = preview(message.data)
    if "\n" in body:
        return "\n".join([head, *(INDENT + line for line in body.split("\n"))])
    return f"{head}  {body}"


def preview(data: bytes) -> str:
    """A body as text, or the first bytes in hexadecimal."""
    if not data:
        return "(empty)"
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return _hex(data)
    if "\0" in text:
        return _hex(data)
    lines = text[:MAX_CHARACTERS].removesuffix("\n").split("\n")
    shown = "\n".join(printable(line.removesuffix("\r")) for line in lines)
    more = len(text) - MAX_CHARACTERS
    return f"{shown} … {more:,} more characters" if more > 0 else shown


def printable(text: str) -> str:
    """The text with everything that is not printable spelled out, tabs excepted."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() or char == "\t" else repr(char)[1:-1] for char in text
    )


def _hex(data: bytes) -> str:
    more = f" … {len(data):,} bytes" if len(data) > MAX_HEX_BYTES else f" ({len(data)} bytes)"
    return f"0x{data[:MAX_HEX_BYTES].hex(' ')}{more}"


def _styled(text: str, colour: bool, **style: object) -> str:
    return click.style(text, **style) if colour else text  # type: ignore[arg-type]
