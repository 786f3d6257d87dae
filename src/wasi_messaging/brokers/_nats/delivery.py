"""One message of a stream, and how it is settled."""

from __future__ import annotations

from typing import Protocol

from ...abc import Completion, Delivery
from ...message import Message

_V1_TOKENS = 9
"""``$JS.ACK.STREAM.CONSUMER.DELIVERED.SEQUENCE.CONSUMER-SEQUENCE.TIMESTAMP.PENDING``; the later
layout has domain and account before the stream, and may have more at the end."""

ACK, NAK, WORKING = b"+ACK", b'-NAK {"delay": 1}', b"+WPI"
"""Handed back with a nanosecond of delay: a server that restarts forgets what was handed back
without any, and gives it out only when its lease ends; this it writes down. It takes some 10 ms."""


def stream_at(tokens: list[bytes]) -> int:
    """Which token of an acknowledgement's address, split at its dots, names the stream."""
    return 2 if len(tokens) == _V1_TOKENS else 4


def sequence_in(token: bytes) -> int:
    """The number in its stream of the message with this address of acknowledgement."""
    tokens = token.split(b".")
    return int(tokens[stream_at(tokens) + 3])


class Settler(Protocol):
    """The subscription that a message came by."""

    def settle(self, delivery: StreamDelivery, token: bytes, answer: bytes) -> Completion:
        """Send the answer to a message, once."""

    def keep_alive(self, token: bytes) -> Completion:
        """Renew a lease."""


class StreamDelivery(Delivery):
    """A message of a stream; ``reply_to`` is its requester's address, if it is a request."""

    __slots__ = ("_subscription", "_token", "reply_to")

    def __init__(
        self,
        message: Message,
        token: bytes,
        attempt: int,
        reply_to: bytes,
        subscription: Settler,
    ) -> None:
        self.message = message
        self.attempt = attempt
        self.reply_to = reply_to
        self._token = token
        self._subscription = subscription

    @property
    def sequence(self) -> int:
        """Its number in the stream."""
        return sequence_in(self._token)

    @property
    def id(self) -> str:
        """Stream, sequence, time of storing: a stream that is made anew counts from 1 again."""
        tokens = self._token.split(b".")
        at = stream_at(tokens)
        name = b"%b:%b:%b" % (tokens[at], tokens[at + 3], tokens[at + 5])
        return name.decode("utf-8", "replace")

    def ack(self) -> Completion:
        return self._subscription.settle(self, self._token, ACK)

    def nack(self, delay: float = 0.0) -> Completion:
        answer = NAK if delay <= 0 else b'-NAK {"delay": %d}' % int(delay * 1e9)
        return self._subscription.settle(self, self._token, answer)

    def keep_alive(self) -> Completion:
        return self._subscription.keep_alive(self._token)
