"""A delivery in the engine: one attempt at handling it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..abc import Completion, Delivery
from ..errors import HandlingError
from ..handling import Handling
from ..message import Message
from .policy import as_seen_by_guest

if TYPE_CHECKING:
    from .deliveries import Deliveries


class Received(Handling):
    """One attempt.

    Attributes:
        deliveries: those of its subscription.
        delivery: the broker's, with the message as it came.
        attempt: its number, from 1.
        key: orders it among others; ``None``: not ordered.
        size: bytes it takes here.
        first_failed: when an attempt failed first, as far as this host knows; 0: none did.
        leased: it was here already when leases were last renewed.
    """

    __slots__ = ("attempt", "deliveries", "delivery", "first_failed", "key", "leased", "size")

    def __init__(
        self, deliveries: Deliveries, delivery: Delivery, attempt: int, key: str | None, size: int
    ) -> None:
        # All here, without the initializer of the base, as this is done for each message.
        self.component = component = deliveries.component
        self.message = message = delivery.message
        self.sends = 0
        self.outbox = None
        self.deliveries = deliveries
        self.delivery = delivery
        self.attempt = attempt
        self.key = key
        self.size = size
        self.first_failed = 0.0
        self.leased = False
        if attempt > 1 or message.metadata:
            self.message = as_seen_by_guest(message, attempt)
        if component.holds_sends:
            self.hold_sends()

    @property
    def identity(self) -> str | None:
        """By subscription and the broker's name for the message."""
        identity = self.delivery.id
        return None if identity is None else f"{self.deliveries.identity} {identity}"

    def again(self) -> Received:
        """The next attempt, here."""
        following = Received(self.deliveries, self.delivery, self.attempt + 1, self.key, self.size)
        following.first_failed = self.first_failed
        following.leased = self.leased
        return following

    @property
    def wanted(self) -> bool:
        """Whether the message was not handed back meanwhile."""
        return self.deliveries.holds(self)

    def excess(self) -> str | None:
        """Of the message as it came: what the host adds counts against nobody."""
        return self.component.excess(self.delivery.message)

    def reply(self, message: Message) -> Completion:
        """Answer the delivery."""
        return self.deliveries.broker.reply(self.delivery, message)

    def check_reply(self, message: Message) -> None:
        """Refuse what the broker would."""
        self.deliveries.broker.check(None, message)

    def succeed(self) -> None:
        """The guest returned ok, and what it sent has left."""
        self.component.counters.handled += 1
        self.deliveries.finished(self, None)

    def fail(self, error: HandlingError) -> None:
        """The message was not handled."""
        self.component.counters.count(error)
        self.deliveries.finished(self, error)

    def cancelled(self) -> None:
        """The host is stopping."""
        self.component.counters.cancelled += 1
        self.deliveries.hand_back(self)
