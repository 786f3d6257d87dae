"""Pauses between attempts: at the broker where it can wait, else here with the lease kept."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from ..capabilities import Capabilities
from .received import Received

MAX_REMEMBERED = 10_000
"""Messages handed back with a delay of which the time of their first failure is remembered."""


class Retries:
    """The pauses of one subscription.

    Attributes:
        pausing: what waits here.

    Args:
        able: what the broker can do.
        ordered: a message that waits holds those of its key, so it has to wait here.
        again: takes a message whose pause here is over.
    """

    def __init__(
        self, able: Capabilities, *, ordered: bool, again: Callable[[Received], None]
    ) -> None:
        self._at_broker = able.delayed_nack and able.counts_attempts and not ordered
        self._max_delay = float("inf") if able.max_delay is None else able.max_delay
        self._again = again
        self.pausing: dict[Received, asyncio.TimerHandle] = {}
        self._first_failures: dict[str, float] = {}

    def at_broker(self, pause: float) -> bool:
        """Whether the broker waits, counts, and may give the message to another host."""
        return self._at_broker and pause <= self._max_delay

    def wait_here(self, received: Received, pause: float) -> None:
        """Have another attempt after the pause."""
        loop = asyncio.get_running_loop()
        self.pausing[received] = loop.call_later(pause, partial(self._over, received))

    def _over(self, received: Received) -> None:
        del self.pausing[received]
        self._again(received)

    def cancel(self, received: Received) -> None:
        """It does not wait any more, if it did."""
        timer = self.pausing.pop(received, None)
        if timer is not None:
            timer.cancel()

    def remember(self, received: Received) -> None:
        """It goes back to the broker: keep what only this host knows about it."""
        identity = received.delivery.id
        if identity is None:
            return
        if len(self._first_failures) >= MAX_REMEMBERED:
            del self._first_failures[next(iter(self._first_failures))]
        self._first_failures[identity] = received.first_failed

    def first_failure(self, identity: str | None) -> float:
        """When a message that comes again failed first; 0 if that is not known."""
        return 0.0 if identity is None else self._first_failures.pop(identity, 0.0)
