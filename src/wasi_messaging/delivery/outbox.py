"""``sends = "on-success"``: what a guest sends is held until its handling has succeeded."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Protocol

from ..abc import Broker, Completion
from ..errors import BrokerError, MessageRejectedError, ReleaseError
from ..message import Message

logger = logging.getLogger("wasi_messaging.host")

OVERHEAD = 256
"""Bytes that a held send takes besides its own."""

Release = Callable[[], Completion]


class Replying(Protocol):
    """A handling, as far as replies to its message go."""

    def check_reply(self, message: Message) -> None:
        """Refuse what the broker would."""

    def reply(self, message: Message) -> Completion:
        """Answer."""


class Outbox:
    """The sends and replies of one handling, in order.

    Args:
        identity: names the handling the same whenever the message is handled again; what is
            released is stored once by brokers that remember such names. ``None``: nothing does.
        limit: bytes it holds at most.
    """

    __slots__ = ("_counts", "_identity", "_left", "_limit", "_releases")

    def __init__(self, identity: str | None, limit: int) -> None:
        self._identity = identity
        self._counts: dict[str, int] = {}
        self._limit = self._left = limit
        self._releases: list[Release] = []

    def hold_send(self, client: str, broker: Broker, topic: str, message: Message) -> None:
        """Keep a send.

        Raises:
            MessageRejectedError: the broker would not take it, or the outbox is full.
        """
        name = self._name(client, broker, topic)
        broker.check(topic, message, name)
        self._make_room(message.size + len(topic))
        self._releases.append(partial(broker.publish, topic, message, name))

    def _name(self, client: str, broker: Broker, topic: str) -> str | None:
        """By the how-manieth send to its topic it is: a handling that takes another way the second
        time has other names there, one that only says it with another time has the same.
        """
        if self._identity is None or broker.capabilities.deduplication is None:
            return None
        where = f"{self._identity} {client} {topic}"
        count = self._counts[where] = self._counts.get(where, 0) + 1
        return hashlib.sha256(f"{where} {count}".encode()).hexdigest()[:32]

    def hold_reply(self, handling: Replying, message: Message) -> None:
        """Keep a reply.

        Raises:
            MessageRejectedError: the broker would not take it, or the outbox is full.
        """
        handling.check_reply(message)
        self._make_room(message.size)
        self._releases.append(partial(handling.reply, message))

    def _make_room(self, size: int) -> None:
        self._left -= size + OVERHEAD
        if self._left < 0:
            raise MessageRejectedError(
                f"what this handling holds until its success is over {self._limit:,} bytes (memory)"
            )

    def release(self) -> Awaitable[int] | int:
        """Let everything leave, in order.

        All are handed to their brokers at once, so that order costs no round trip for each.

        Returns:
            How many left: at once if every broker took them at once, else when all have confirmed.

        Raises:
            ReleaseError: a broker did not take one; others may have left.
        """
        waiting: list[Awaitable[None]] = []
        try:
            for release in self._releases:
                completion = release()
                if completion is not None:  # one by one: those before an error have left
                    waiting.append(completion)
        except Exception as error:  # a broker's bug must not leave the message where it is
            failed = _refused(error)
            if waiting:
                return self._confirmed(waiting, failed)
            raise failed from error
        return self._confirmed(waiting, None) if waiting else len(self._releases)

    async def _confirmed(self, waiting: list[Awaitable[None]], failed: ReleaseError | None) -> int:
        outcomes = await asyncio.gather(*waiting, return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                failed = failed or _refused(outcome)
        if failed is not None:
            raise failed
        return len(self._releases)


def _refused(error: BaseException) -> ReleaseError:
    if isinstance(error, BrokerError):
        return ReleaseError(error.kind, f"what it sent did not leave: {error}")
    logger.error("a broker failed unexpectedly", exc_info=error)
    return ReleaseError("other", f"what it sent did not leave: the broker failed: {error!r}")
