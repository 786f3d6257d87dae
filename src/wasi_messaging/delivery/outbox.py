"""``sends = "on-success"``: what a guest sends is held until its handling has succeeded."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from functools import partial

from ..abc import Broker, Completion
from ..errors import BrokerError, MessageRejectedError, ReleaseError
from ..message import Message

Release = Callable[[], Completion]


class Outbox:
    """The sends and replies of one handling, in order.

    Args:
        identity: names the handling the same whenever the message is handled again; what is
            released is stored once by brokers that remember such names. ``None``: nothing does.
        limit: bytes it holds at most.
    """

    __slots__ = ("_identity", "_left", "_limit", "_releases")

    def __init__(self, identity: str | None, limit: int) -> None:
        self._identity = identity
        self._limit = self._left = limit
        self._releases: list[Release] = []

    def hold_send(self, broker: Broker, topic: str, message: Message) -> None:
        """Keep a send.

        Raises:
            MessageRejectedError: the broker would not take it, or the outbox is full.
        """
        broker.check(topic, message)
        self._make_room(message)
        identity = None
        if self._identity is not None:
            name = f"{self._identity} {len(self._releases)}"
            identity = hashlib.sha256(name.encode()).hexdigest()[:32]
        self._releases.append(partial(broker.publish, topic, message, identity))

    def hold_reply(self, reply: Callable[[Message], Completion], message: Message) -> None:
        """Keep a reply.

        Raises:
            MessageRejectedError: the outbox is full.
        """
        self._make_room(message)
        self._releases.append(partial(reply, message))

    def _make_room(self, message: Message) -> None:
        self._left -= len(message.data)
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
        except BrokerError as error:
            failed = _refused(error)
            if waiting:
                return self._confirmed(waiting, failed)
            raise failed from error
        return self._confirmed(waiting, None) if waiting else len(self._releases)

    async def _confirmed(self, waiting: list[Awaitable[None]], failed: ReleaseError | None) -> int:
        outcomes = await asyncio.gather(*waiting, return_exceptions=True)
        errors = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
        for error in errors:
            if not isinstance(error, BrokerError):
                raise error
            failed = failed or _refused(error)
        if failed is not None:
            raise failed
        return len(self._releases)


def _refused(error: BrokerError) -> ReleaseError:
    return ReleaseError(error.kind, f"what it sent did not leave: {error}")
