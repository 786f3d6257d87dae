"""A loaded component, and what it may do: its clients and permissions."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, fields

from .abc import Broker
from .config import ComponentConfig, Permissions
from .decisions import Observer
from .errors import DeadlineExceededError, GuestError, GuestTrapError, HandlingError
from .message import Message

MAX_REMEMBERED_TOPICS = 10_000
MAX_REMEMBERED_LENGTH = 256
MAX_BYTES_A_CHARACTER = 4


class Grant:
    """What one component may do with one client. Nothing is allowed that no pattern names."""

    __slots__ = ("_request", "_requests", "_send", "_sends", "broker")

    def __init__(self, broker: Broker, permissions: Permissions) -> None:
        self.broker = broker
        self._sends = broker.matcher(permissions.send)
        self._requests = broker.matcher(permissions.request)
        self._send: dict[str, bool] = {}
        self._request: dict[str, bool] = {}

    def may_send(self, topic: str) -> bool:
        """Whether the component may send to ``topic``."""
        allowed = self._send.get(topic)
        if allowed is None:
            allowed = self._decide(self._send, self._sends, topic)
        return allowed

    def may_request(self, topic: str) -> bool:
        """Whether the component may send requests to ``topic``."""
        allowed = self._request.get(topic)
        if allowed is None:
            allowed = self._decide(self._request, self._requests, topic)
        return allowed

    def _decide(self, known: dict[str, bool], matches: Callable[[str], bool], topic: str) -> bool:
        if len(known) >= MAX_REMEMBERED_TOPICS:
            known.clear()
        allowed = matches(topic)
        if len(topic) <= MAX_REMEMBERED_LENGTH:
            known[topic] = allowed
        return allowed


@dataclass(slots=True)
class Counters:
    """What became of a component's messages since the host started.

    Attributes:
        handled: the guest returned ``ok``, and what it sent on success left.
        errors: the guest returned an error.
        traps: the guest trapped, limits included.
        deadlines: the guest was stopped at its deadline.
        failures: the host failed, the message was over the component's limits, or what the guest
            sent on success did not leave.
        cancelled: stopped by the host before there was an outcome.
        retried: given another attempt.
        dead_lettered: given up; the broker confirmed the dead letter.
        dropped: given up without a dead letter, as configured.
        lost: not handled, from a broker that delivers at most once.
        missed: dropped by the client of such a broker before the host took them; the subscriptions
            count it, and :meth:`Host.counters` fills it in.
        sent: sends, requests and replies that a broker took.
        send_errors: … that failed.
        denied: … and connects that were not permitted.
    """

    handled: int = 0
    errors: int = 0
    traps: int = 0
    deadlines: int = 0
    failures: int = 0
    cancelled: int = 0
    retried: int = 0
    dead_lettered: int = 0
    dropped: int = 0
    lost: int = 0
    missed: int = 0
    sent: int = 0
    send_errors: int = 0
    denied: int = 0

    def __str__(self) -> str:
        counts = ((getattr(self, field.name), field.name) for field in fields(self))
        told = [f"{count:,} {name.replace('_', ' ')}" for count, name in counts if count]
        return ", ".join(told) or "no messages"

    def count(self, error: HandlingError) -> None:
        """One more message that was not handled."""
        if isinstance(error, GuestError):
            self.errors += 1
        elif isinstance(error, GuestTrapError):
            self.traps += 1
        elif isinstance(error, DeadlineExceededError):
            self.deadlines += 1
        else:
            self.failures += 1


class LogQuota(logging.Filter):
    """Lets so many records a second through and counts the others; a guest must not fill a disk.

    What the guest wrote itself (records with a ``stream``) was counted by the engine already.
    """

    def __init__(self, limit: int) -> None:
        super().__init__()
        self._limit = limit
        self._second = 0
        self._count = 0
        self._left_out = 0

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record may pass."""
        if hasattr(record, "stream"):
            return True
        second = int(record.created)
        if second != self._second:
            self._second, self._count = second, 0
        self._count += 1
        if self._count > self._limit:
            self._left_out += 1
            return False
        if self._left_out:
            record.msg = f"{record.msg} (before that, {self._left_out:,} records were left out)"
            self._left_out = 0
        return True


@dataclass(slots=True)
class Component:
    """A component that the engine has loaded.

    Attributes:
        name: its name in the configuration.
        config: its part of the configuration.
        id: the engine's name for it.
        grants: client name → what it may do there; a client without an entry does not exist for it.
        counters: what became of its messages.
        observer: sees what is decided about each of them, if anybody wants to.
        log: where its standard output and what the host has to say of it go.
        holds_sends: what it sends leaves on success.
        max_message_size, max_metadata_pairs, max_metadata_size: of the configuration.
        max_sends: of one handling.
    """

    name: str
    config: ComponentConfig
    id: int
    grants: dict[str, Grant]
    counters: Counters = field(default_factory=Counters)
    observer: Observer | None = None
    log: logging.Logger = field(init=False)
    holds_sends: bool = field(init=False)
    max_message_size: int = field(init=False)
    max_metadata_pairs: int = field(init=False)
    max_metadata_size: int = field(init=False)
    max_sends: int = field(init=False)

    def __post_init__(self) -> None:
        # Asked for each message; the configuration's own attributes take longer.
        self.holds_sends = self.config.sends == "on-success"
        self.max_message_size = self.config.max_message_size
        self.max_metadata_pairs = self.config.max_metadata_pairs
        self.max_metadata_size = self.config.max_metadata_size
        self.max_sends = self.config.max_sends_per_handling
        self.log = logging.getLogger(f"wasi_messaging.component.{self.name}")
        self.log.filters[:] = [LogQuota(self.config.log_lines_per_second)]

    def excess(self, message: Message) -> str | None:
        """Which limit a message is over, in or out; ``None`` if none."""
        if (size := len(message.data)) > self.max_message_size:
            return (
                f"a body of {size:,} bytes is over the component's limit of "
                f"{self.max_message_size:,} (max_message_size)"
            )
        if not message.metadata:
            return None
        if (count := len(message.metadata)) > self.max_metadata_pairs:
            return (
                f"{count:,} metadata pairs are over the component's limit of "
                f"{self.max_metadata_pairs:,} (max_metadata_pairs)"
            )
        size = message.metadata_length
        if size * MAX_BYTES_A_CHARACTER > self.max_metadata_size:
            size = sum(_bytes(key) + _bytes(value) for key, value in message.metadata)
        if size > self.max_metadata_size:
            return (
                f"{size:,} bytes of metadata are over the component's limit of "
                f"{self.max_metadata_size:,} (max_metadata_size)"
            )
        return None


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
