"""What the suite asks of a host: the operations of ``conformance/README.md``, and their JSON."""

from __future__ import annotations

import abc
import base64
from typing import Self

from pydantic import BaseModel, ConfigDict, field_validator

from ..errors import MessagingError
from ..message import Message

__all__ = [
    "PROTOCOL",
    "Abilities",
    "AdapterError",
    "Guest",
    "RefusedError",
    "Settled",
    "Setup",
    "Subject",
    "WireMessage",
]


PROTOCOL = 1
"""Its number, which ``hello`` tells an adapter."""


class RefusedError(Exception):
    """The host refuses what it was asked; the text is its own."""


class AdapterError(MessagingError):
    """The adapter of a host does not do its part; the text says what it did instead."""


class _Values(BaseModel):
    """What an adapter says beyond this is of a later protocol, and left alone."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Abilities(_Values):
    """What a host, on the broker it is tested with, can do.

    Attributes:
        name: of the host, with its version.
        broker: which one, for people.
        metadata: messages carry metadata.
        duplicate_keys: … in which a key may occur more than once.
        content_type: messages carry a content type.
        request_reply: components may ask and answer.
        redelivery: a message that was not handled comes again.
        max_message_size: the largest body in bytes; ``None``: no limit.
    """

    name: str
    broker: str
    metadata: bool = True
    duplicate_keys: bool = False
    content_type: bool = True
    request_reply: bool = True
    redelivery: bool = False
    max_message_size: int | None = None


class Guest(_Values):
    """A component to run.

    Attributes:
        name: in this scenario.
        path: its file.
        topics: what it is subscribed to.
        send: the topics it may send to.
        request: the topics it may send requests to.
        instances: at most so many handlings at a time.
        deadline: seconds for a handling.
        memory: bytes for an instance.
        config: what ``wasi:config/store`` gives it.
    """

    name: str
    path: str
    topics: tuple[str, ...]
    send: tuple[str, ...]
    request: tuple[str, ...]
    instances: int
    deadline: float
    memory: int
    config: dict[str, str]


class Setup(_Values):
    """What a scenario needs before its first message.

    Attributes:
        components: those that run; their client ``default`` is the broker.
        collect: the topic whose messages are collected.
        attempts: how often a message is handled that fails.
    """

    components: tuple[Guest, ...]
    collect: str
    attempts: int


class WireMessage(_Values):
    """A message in JSON; ``data`` is base64."""

    topic: str
    data: str
    content_type: str | None = None
    metadata: tuple[tuple[str, str], ...] | None = None

    @field_validator("data")
    @classmethod
    def _is_base64(cls, data: str) -> str:
        base64.b64decode(data, validate=True)
        return data

    @classmethod
    def of(cls, topic: str, message: Message) -> Self:
        """A message, ready to be sent."""
        return cls(
            topic=topic,
            data=base64.b64encode(message.data).decode(),
            content_type=message.content_type,
            metadata=message.metadata,
        )

    @property
    def message(self) -> Message:
        """The message."""
        return Message(base64.b64decode(self.data), self.content_type, self.metadata, self.topic)


class Settled(_Values):
    """A handling that has ended.

    Attributes:
        topic: of the message.
        acknowledged: the message counts as handled.
        outcome: how it ended; ``None``: the host cannot tell.
        text: the words of the guest's error, or what the host says of the end; ``""``: unknown.
    """

    topic: str
    acknowledged: bool
    outcome: str | None = None
    text: str = ""


class Subject(abc.ABC):
    """A host that is tested."""

    @abc.abstractmethod
    async def hello(self) -> Abilities:
        """Who it is, and what it can do. The first call."""

    @abc.abstractmethod
    async def start(self, setup: Setup) -> None:
        """Run components; return when they are subscribed.

        Raises:
            RefusedError: a component cannot run here.
        """

    @abc.abstractmethod
    async def publish(self, topic: str, message: Message) -> None:
        """Publish a message for a component.

        Raises:
            RefusedError: the broker does not take it.
        """

    @abc.abstractmethod
    async def collect(self, count: int, seconds: float) -> list[Message]:
        """All messages that were sent to the collected topic since the start, oldest first, as soon
        as there are ``count``, or after ``seconds``.
        """

    @abc.abstractmethod
    async def settle(self, count: int, seconds: float) -> list[Settled]:
        """All handlings that have ended since the start, oldest first, as soon as there are
        ``count``, or after ``seconds``.
        """

    @abc.abstractmethod
    async def stop(self) -> None:
        """Stop the components, and forget what came of them."""

    @abc.abstractmethod
    async def close(self) -> None:
        """The last call."""
