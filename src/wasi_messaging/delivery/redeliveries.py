"""Messages that come again while they are still here: their lease had ended, say in an outage."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from ..abc import Delivery
from .received import Received

FORGET_AFTER = 5.0
"""Seconds without a redelivery after which the names of what is here are not kept any more."""


class Redeliveries:
    """Recognises them, so that nothing is handled twice at a time and nothing out of order.

    The newest delivery of a message is the one that counts at its broker; the older ones are
    settled with it. Names are asked for only when something comes again.

    Attributes:
        active: it has to hear of what comes and leaves.
    """

    def __init__(self) -> None:
        self.active = False
        self._here: dict[str, Received] | None = None
        self._older: dict[Received, list[Delivery]] = {}
        self._forget: asyncio.TimerHandle | None = None

    def take(self, delivery: Delivery, unsettled: Iterable[Received]) -> bool:
        """Whether the message is here already; then this delivery takes the place of that one."""
        name = delivery.id
        if name is None:
            return False
        if self._here is None:
            self.active = True
            named = ((received.delivery.id, received) for received in unsettled)
            self._here = {name: received for name, received in named if name is not None}
        if self._forget is not None:
            self._forget.cancel()
        loop = asyncio.get_running_loop()
        self._forget = loop.call_later(FORGET_AFTER, self._clear)
        received = self._here.get(name)
        if received is None:
            return False
        self._older.setdefault(received, []).append(received.delivery)
        received.delivery = delivery
        return True

    def came(self, received: Received) -> None:
        """One more message is here."""
        if self._here is not None and (name := received.delivery.id) is not None:
            self._here[name] = received

    def _clear(self) -> None:
        self._here = None
        self.active = bool(self._older)

    def replaced(self, received: Received, following: Received) -> None:
        """The next attempt at the same message."""
        if (name := received.delivery.id) is not None and self._here is not None:
            self._here[name] = following
        if received in self._older:
            self._older[following] = self._older.pop(received)

    def leave(self, received: Received) -> list[Delivery]:
        """The message is to be settled, and is not here any more; returns its older deliveries.

        They take places at the broker's client, so they are settled too. A broker may deliver the
        message again while it hears of its settlement, so this comes first.
        """
        if self._here is not None and (name := received.delivery.id) is not None:
            self._here.pop(name, None)
        older = self._older.pop(received, [])
        self.active = self._here is not None or bool(self._older)
        return older
