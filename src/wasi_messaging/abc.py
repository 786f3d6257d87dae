"""What the author of a broker implements.

A broker is one module with one class derived from :class:`Broker`. It knows its client library and
nothing of components, configuration files or retry. It raises only
:class:`~wasi_messaging.errors.BrokerError` and its subclasses: errors of the client library are
translated in one place of the module.

Calls on the way of a message (``publish``, ``reply``, ``ack``, ``nack``, ``keep_alive``) return a
:data:`Completion`, so that a broker that can do them at once costs no task. One whose library calls
back returns a :class:`Confirmation`; one that cannot may simply be an ``async def`` (but see
:meth:`Broker.publish`).
"""

from __future__ import annotations

import abc
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field

from .capabilities import Capabilities
from .errors import BrokerError, MessageRejectedError
from .message import Message, Metadata
from .receiving import Completion, Confirmation, Delivery, Receiver, Start, Subscription
from .replies import Replies

__all__ = [
    "Broker",
    "BrokerSettings",
    "Capabilities",
    "Completion",
    "Confirmation",
    "Delivery",
    "Message",
    "Metadata",
    "Receiver",
    "Replies",
    "Start",
    "Subscription",
]


class BrokerSettings(BaseModel):
    """What ``[clients.NAME]`` may say for one kind of broker; derive from it to add keys.

    Validators find the folder that relative paths start from, that of the configuration file, as
    ``info.context["folder"]`` (a :class:`pathlib.Path`).

    Attributes:
        url: the address; its scheme chose the broker. May hold credentials, so it is never printed.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = Field(repr=False)


class Broker(abc.ABC):
    """A connection to one message broker, shared by every component that uses the client.

    ``async with`` connects and closes. After a lost connection the broker reconnects by itself and
    restores its subscriptions; calls in the meantime raise
    :class:`~wasi_messaging.errors.BrokerUnavailableError` or wait, never lose a message silently.
    """

    settings_type: ClassVar[type[BrokerSettings]] = BrokerSettings
    """The settings this broker is made from: ``Broker(settings)``, which must not connect yet."""

    capabilities: Capabilities
    """What this broker can do as it is configured. Known before :meth:`open`, but for what a server
    decides: ``max_message_size``, and ``durable`` for a stream that exists already."""

    def __init__(self, settings: BrokerSettings) -> None:
        self.settings = settings

    @abc.abstractmethod
    async def open(self) -> None:
        """Connect.

        Raises:
            BrokerUnavailableError: nobody answers at the address.
            BrokerPermissionError: the credentials are refused.
        """

    @abc.abstractmethod
    async def close(self) -> None:
        """Send what is buffered and disconnect. Stopping subscriptions is the caller's part."""

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    @property
    def connected(self) -> bool:
        """Whether a call made now has a chance; what a guest's ``connect`` is answered from."""
        return True

    @property
    def connection_losses(self) -> int:
        """How often it was lost since :meth:`open`."""
        return 0

    @property
    def unconfirmed(self) -> int:
        """Publishes whose confirmation is awaited."""
        return 0

    @abc.abstractmethod
    def publish(
        self, topic: str, message: Message, deduplication_id: str | None = None
    ) -> Completion:
        """Publish; complete when the broker has taken responsibility (``confirms``), else when the
        client library has taken it. It never waits for ever: the settings bound it
        (``publish_timeout``).

        Messages are taken in the order of the calls, before anybody awaits a completion: callers
        may collect completions and await them in any order. The body of an ``async def`` runs only
        when it is awaited, and so could reorder; put the message in its place in a plain ``def``
        that returns the awaitable of its confirmation.

        Args:
            topic: where to.
            message: what; its own topic does not matter.
            deduplication_id: a broker with :attr:`Capabilities.deduplication` stores one message of
                an id and confirms the others as if it stored them; further brokers ignore it.

        Raises:
            MessageRejectedError: the topic or the message is beyond what the broker can carry.
            BrokerUnavailableError: not connected, or the connection was lost before the
                confirmation. The message may have been stored.
        """

    def check(
        self, topic: str | None, message: Message, deduplication_id: str | None = None
    ) -> None:
        """Raise :class:`MessageRejectedError` where :meth:`publish` would, without publishing.

        Args:
            topic: ``None``: the message is a reply, whose address the broker knows; raise where
                :meth:`reply` would.
            message: what.
            deduplication_id: what it would be published with.
        """
        if topic is not None:
            self.validate_topic(topic)
        limit = self.capabilities.max_message_size
        if limit is not None and len(message.data) > limit:
            raise MessageRejectedError(
                f"a body of {len(message.data):,} bytes is over the broker's limit of {limit:,}"
            )

    async def declare(self, pattern: str, group: str) -> None:
        """Make a group's queue without joining it, so that what is published from now on, and what
        is stored already, waits for its first member. One that exists stays as it is.

        Raises:
            BrokerError: the broker keeps nothing for a group that has no members, as one that does
                not override this; or nothing that is published to the pattern.
        """
        self.validate_pattern(pattern)
        raise BrokerError("this broker keeps nothing for a group that has no members")

    @abc.abstractmethod
    async def subscribe(
        self, pattern: str, receive: Receiver, *, group: str | None, prefetch: int, start: Start
    ) -> Subscription:
        """Attach to a topic pattern; return once the broker knows.

        Args:
            pattern: in this broker's own dialect.
            receive: called on the event loop with each delivery.
            group: members of one group share the messages, and the group's position is kept.
                ``None``: a subscriber of its own that receives every message published while it
                is attached.
            prefetch: how many deliveries may be unsettled at once; more are not fetched.
            start: where a group begins that did not exist.
        """

    @abc.abstractmethod
    async def request(
        self,
        topic: str,
        message: Message,
        *,
        timeout: float,
        expected: int,
        max_size: int | None = None,
    ) -> list[Message]:
        """Publish with a reply address and collect replies; :class:`Replies` does the collecting.

        Replies that arrive later, and those over ``expected``, are discarded.

        Args:
            topic: where to.
            message: what; its own topic does not matter.
            timeout: seconds to wait at most. With 0 it is published all the same.
            expected: how many replies end the waiting, at least 1.
            max_size: bytes that the replies may take together; ``None``: no limit.

        Returns:
            What arrived within ``timeout`` seconds, at least one message.

        Raises:
            BrokerTimeoutError: no reply in time.
            BrokerUnavailableError: not connected, or the broker knows that nobody listens.
            MessageRejectedError: the message is beyond what the broker can carry, or the replies
                are over ``max_size``.
        """

    @abc.abstractmethod
    def reply(self, delivery: Delivery, message: Message) -> Completion:
        """Answer a delivery. Does nothing if it carries no reply address.

        Raises:
            MessageRejectedError: the message is beyond what the broker can carry.
            BrokerUnavailableError: not connected.
        """

    @abc.abstractmethod
    def matches(self, pattern: str, topic: str) -> bool:
        """Whether a topic is one of a pattern's, in this broker's dialect."""

    def matcher(self, patterns: Sequence[str]) -> Callable[[str], bool]:
        """Whether a topic is one of any of the patterns', as a function; for many patterns and
        topics that are always new.
        """
        return lambda topic: any(self.matches(pattern, topic) for pattern in patterns)

    @abc.abstractmethod
    def validate_topic(self, topic: str) -> None:
        """Raise :class:`MessageRejectedError` if one cannot publish to this topic."""

    @abc.abstractmethod
    def validate_pattern(self, pattern: str) -> None:
        """Raise :class:`MessageRejectedError` if one cannot subscribe to this pattern."""

    def is_same(self, other: Broker) -> bool:
        """Whether both reach the same broker, as far as their settings tell: what one publishes
        the other may receive. Known before :meth:`open`.
        """
        return self is other or (type(self) is type(other) and self.settings == other.settings)

    @abc.abstractmethod
    def summary(self) -> str:
        """One line for people: kind, address without credentials, delivery guarantee."""
