"""What a broker hands out: deliveries, and the subscriptions they come by.

Part of :mod:`wasi_messaging.abc`, from where these names are to be imported.
"""

from __future__ import annotations

import abc
import asyncio
import logging
from collections.abc import Awaitable, Callable, Generator
from typing import Any, Literal

from .message import Message

logger = logging.getLogger("wasi_messaging.host")

Completion = Awaitable[None] | None
"""``None``: done when the call returned. Otherwise: done when the awaitable is; its exception is
the call's."""

Listener = Callable[[BaseException | None], None]
"""Is told that something is done: ``None``, or with which error."""


class Confirmation:  # no base: to ask for an instance of an abstract class takes much longer
    """A completion that is settled by a callback of the client library.

    Whoever listens is called by it directly, where a future would need a turn of the loop for each
    message. It can be awaited as well. An error that nobody asks for is nobody's.
    """

    __slots__ = ("_error", "_listeners", "settled")

    def __init__(self) -> None:
        self.settled = False
        self._error: BaseException | None = None
        self._listeners: tuple[Listener, ...] = ()

    def settle(self, error: BaseException | None = None) -> None:
        """It is done, or has failed. What comes later changes nothing."""
        if self.settled:
            return
        self.settled = True
        self._error = error
        for listener in self._listeners:
            try:
                listener(error)
            except Exception:  # the others must hear of it all the same
                logger.exception("what a completion was told was not acted on")

    def when_settled(self, listener: Listener) -> None:
        """Call ``listener`` then; now, if that has been."""
        if self.settled:
            listener(self._error)
        else:
            self._listeners += (listener,)

    def __await__(self) -> Generator[Any, None, None]:
        if not self.settled:
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self.when_settled(lambda _: None if future.done() else future.set_result(None))
            yield from future
        if self._error is not None:
            raise self._error


RENEWALS = 3
"""How often whoever holds a delivery renews its lease before that would end."""


async def done(completion: Completion) -> None:
    """Wait for what a broker's call returned."""
    if completion is not None:
        await completion


Start = Literal["new", "all"]
"""Where a group begins that the broker has not seen before: with messages published from now on, or
with all that are stored."""


class Delivery(abc.ABC):
    """One message handed to one subscriber, to be settled exactly once.

    Attributes:
        message: the message, with its topic.
        attempt: 1 for the first delivery, then counting.
    """

    __slots__ = ("attempt", "message")

    message: Message
    attempt: int

    @property
    def id(self) -> str | None:
        """Names the message at its broker, the same at every redelivery and for every group, and
        never given to another message; ``None``: the broker has no such name.
        """
        return None

    @property
    def partition(self) -> str | None:
        """The partition it came from, where :attr:`Capabilities.partitions`."""
        return None

    @abc.abstractmethod
    def ack(self) -> Completion:
        """Settle it: the message is done with and does not come again."""

    @abc.abstractmethod
    def nack(self, delay: float = 0.0) -> Completion:
        """Hand it back: it comes again after about ``delay`` seconds, to any member of the group.

        A broker without ``delayed_nack`` ignores the delay.
        """

    @abc.abstractmethod
    def keep_alive(self) -> Completion:
        """Renew the lease, for a message that takes longer than :attr:`Capabilities.lease`."""


Receiver = Callable[[Delivery], None]
"""Takes a delivery; never blocks and never raises."""


class Subscription(abc.ABC):
    """A running subscription.

    Attributes:
        max_deliveries: after so many deliveries the broker gives a message up by itself; ``None``:
            never.
        dropped: messages that reached this process and were dropped unseen, because the receiver
            did not keep up or the subscription stopped; always 0 where
            :attr:`Capabilities.acknowledgement`, as those come again.
        gaps: how often the connection was lost, if nothing keeps what is published meanwhile: it is
            lost, and nobody can count it. Always 0 where :attr:`Capabilities.acknowledgement`.
    """

    max_deliveries: int | None = None
    dropped: int = 0
    gaps: int = 0

    @abc.abstractmethod
    def pause(self) -> None:
        """Fetch nothing until :meth:`resume`. What was asked for before may still arrive, up to
        ``prefetch`` messages. Twice is as once.
        """

    @abc.abstractmethod
    def resume(self) -> None:
        """Fetch again after :meth:`pause`. It may be called after :meth:`stop`, and does nothing
        then.
        """

    @abc.abstractmethod
    async def stop(self) -> None:
        """Fetch nothing more.

        No delivery arrives after this returns; those already handed out can still be settled. What
        was fetched but not handed out goes back to the broker at once.
        """
