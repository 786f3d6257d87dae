"""A dead letter: a message that was given up, whole, with the story of why.

The story is written as metadata behind the message's own, so that any tool of the broker shows it.
A letter that was given up once more has two stories; the last one counts, and replaying removes
that one.
"""

from __future__ import annotations

import json
import re
import socket
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version

from ..message import Message, Metadata

PREFIX = "wasi-messaging-"
FIRST = f"{PREFIX}dead-letter"
"""The key that a story begins with; its value is the letter's id."""

GROUP = "wasi-messaging-dead-letters"
"""The consumer group that keeps the letters of a topic until they are replayed or discarded."""

MAX_REASON = 1000
"""Characters of a reason that are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Why a message was given up.

    Attributes:
        dead_letter: the letter's id; the same for the same message given up by the same group.
        client: where the message came from.
        topic: its topic there.
        component: who could not handle it.
        group: the consumer group it was handled for.
        attempts: how often that was tried.
        outcome: how the last attempt ended, as in ``actions`` of the configuration.
        reason: the same in words.
        first_time: when an attempt failed first, as far as this host knows, RFC 3339.
        last_time: when the last attempt ended.
        host: name of the machine.
        version: of this package.
    """

    dead_letter: str
    client: str
    topic: str
    component: str
    group: str
    attempts: int
    outcome: str
    reason: str
    first_time: str
    last_time: str
    host: str
    version: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter taken apart.

    Attributes:
        message: what was given up, as it was.
        story: why.
    """

    message: Message
    story: Story


_KEYS = tuple((field.name, PREFIX + field.name.replace("_", "-")) for field in fields(Story))
_SHORT = {
    PREFIX + word for word in ("dead-letter", "client", "topic", "component", "attempts", "outcome")
}
"""What is told where there is room for little."""

ORIGINAL = f"{PREFIX}original"
"""The key of topic, content type and metadata as JSON, where the broker would not carry them."""


def write(message: Message, story: Story) -> Message:
    """The dead letter of a message."""
    return Message(message.data, message.content_type, (*(message.metadata or ()), *_told(story)))


def enclose(message: Message, story: Story) -> Message:
    """A letter with topic, content type and metadata as JSON.

    Whoever published the message may have used some that a client cannot publish again.
    """
    original = {
        "topic": story.topic,
        "content_type": message.content_type,
        "metadata": None if message.metadata is None else list(map(list, message.metadata)),
    }
    told = tuple((key, in_one_line(value)) for key, value in _told(story))
    return Message(message.data, None, (*told, (ORIGINAL, json.dumps(original))))


def shorten(message: Message, story: Story) -> Message:
    """A letter with the shortest story, for a body that leaves hardly any room."""
    short = tuple(pair for pair in _told(story) if pair[0] in _SHORT)
    return Message(message.data, message.content_type, (*(message.metadata or ()), *short))


def _told(story: Story) -> Metadata:
    return tuple((key, str(getattr(story, name))) for name, key in _KEYS)


def read(message: Message) -> Letter | None:
    """What a dead letter says; ``None`` if the message is none."""
    metadata = message.metadata or ()
    keys = [key.lower() for key, _ in metadata]
    if FIRST not in keys:
        return None
    begin = len(keys) - 1 - keys[::-1].index(FIRST)
    told = dict(zip(keys[begin:], (value for _, value in metadata[begin:]), strict=True))
    values = {name: told.get(key, "") for name, key in _KEYS}
    attempts = values.pop("attempts")
    number = int(attempts) if attempts.isascii() and attempts.isdigit() else 0
    known = {ORIGINAL, *(key for _, key in _KEYS)}
    rest = tuple(
        pair for index, pair in enumerate(metadata) if index < begin or pair[0].lower() not in known
    )
    original = Message(message.data, message.content_type, rest or None, values["topic"])
    if ORIGINAL in told and (enclosed := _enclosed(message.data, told[ORIGINAL])) is not None:
        original, values["topic"] = enclosed, enclosed.topic or ""
    return Letter(original, Story(attempts=number, **values))


def _enclosed(data: bytes, text: str) -> Message | None:
    """The original as its JSON says; ``None`` if somebody else wrote that."""
    try:
        told = json.loads(text)
        pairs = told["metadata"]
        metadata = None if pairs is None else tuple((str(key), str(value)) for key, value in pairs)
        kind = told["content_type"]
        return Message(data, None if kind is None else str(kind), metadata, str(told["topic"]))
    except (ValueError, KeyError, TypeError):
        return None


def in_one_line(text: str) -> str:
    """Words that fit into a header: one line, and not too long."""
    line = re.sub(r"\s+", " ", "".join(char if char.isprintable() else " " for char in text))
    line = line.strip()
    return line if len(line) <= MAX_REASON else line[: MAX_REASON - 1].rstrip() + "…"


def timestamp(seconds: float) -> str:
    """A moment as RFC 3339 in UTC."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@cache
def this_host() -> tuple[str, str]:
    """This machine's name, and the version of this package."""
    return socket.gethostname(), version("wasi-messaging")
