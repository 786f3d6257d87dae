"""Plain subscriptions: at most once, nothing is stored and nothing comes again."""

from __future__ import annotations

import asyncio
import logging
from collections import deque

from nats.aio.subscription import Subscription as Attached

from ...abc import Completion, Delivery, Receiver, Subscription
from ...message import Message
from . import headers as wire
from .link import Link

log = logging.getLogger("wasi_messaging.brokers.nats")

REPORT_EVERY = 1.0
"""Seconds between two warnings about dropped messages."""


class CoreDelivery(Delivery):
    """A message that will not come again: settling it only makes room for the next."""

    __slots__ = ("_subscription", "reply_to")

    def __init__(self, message: Message, reply_to: bytes, subscription: CoreSubscription) -> None:
        self.message = message
        self.attempt = 1
        self.reply_to = reply_to
        self._subscription: CoreSubscription | None = subscription

    def ack(self) -> Completion:
        subscription = self._subscription
        if subscription is not None:
            self._subscription = None
            subscription.settled()
        return None

    def nack(self, delay: float = 0.0) -> Completion:
        return self.ack()

    def keep_alive(self) -> Completion:
        return None


class CoreSubscription(Subscription):
    """Hands out up to ``prefetch`` messages, and none while paused; holds some more, drops and
    counts the rest.

    nats-py subscribes again by itself after a lost connection.
    """

    stored = False

    def __init__(
        self, link: Link, pattern: str, receive: Receiver, prefetch: int, limits: tuple[int, int]
    ) -> None:
        self.pattern = pattern
        self._link = link
        self._receive = receive
        self._prefetch = prefetch
        self._max_messages, self._max_bytes = limits
        self._unsettled = 0
        self._held: deque[tuple[bytes, bytes, bytes, bytes | None]] = deque()
        self._held_bytes = 0
        self._handing_out = False
        self._paused = False
        self._reporter: asyncio.TimerHandle | None = None
        self._told = 0
        self._attached: Attached | None = None
        self._stopped = False

    async def start(self, group: str | None) -> None:
        self._attached = await self._link.attach(self.pattern, self._arrived, group or "")
        self._link.listeners[self] = None

    def lost(self) -> None:
        self.gaps += 1

    def restored(self) -> None:
        pass

    def _arrived(self, subject: bytes, reply: bytes, data: bytes, headers: bytes | None) -> None:
        if self._unsettled < self._prefetch and not self._held and not self._paused:
            self._hand_out(subject, reply, data, headers)
        elif self._stopped:
            self._drop_at_stop(1)
        elif (
            len(self._held) < self._max_messages and self._held_bytes + len(data) <= self._max_bytes
        ):
            self._held.append((subject, reply, data, headers))
            self._held_bytes += len(data)
        else:
            self.dropped += 1
            if self._reporter is None:
                self._report()

    def _hand_out(self, subject: bytes, reply: bytes, data: bytes, headers: bytes | None) -> None:
        if headers is None:
            message = Message(data, None, None, subject.decode("utf-8", "replace"))
        else:
            known = wire.decode(headers)
            topic = subject.decode("utf-8", "replace")
            message = Message(data, known.content_type, known.metadata, topic)
            reply = reply or wire.reply_address(known)
        self._unsettled += 1
        self._receive(CoreDelivery(message, reply, self))

    def settled(self) -> None:
        self._unsettled -= 1
        self._hand_out_held()

    def pause(self) -> None:
        self._paused = True

    def resume(self) -> None:
        self._paused = False
        self._hand_out_held()

    def _hand_out_held(self) -> None:
        if self._held and not self._handing_out:
            self._handing_out = True  # a receiver may settle at once, and come back here
            try:
                while self._held and self._unsettled < self._prefetch and not self._paused:
                    held = self._held.popleft()
                    self._held_bytes -= len(held[2])
                    self._hand_out(*held)
            finally:
                self._handing_out = False

    def _report(self) -> None:
        """Tell of what was dropped now, and again after a while if more is."""
        self._tell_dropped()
        self._reporter = asyncio.get_running_loop().call_later(REPORT_EVERY, self._report_more)

    def _report_more(self) -> None:
        self._reporter = None
        if self.dropped > self._told:
            self._report()

    def _tell_dropped(self) -> None:
        self._told = self.dropped
        log.warning(
            "%s: core NATS subscription %r is not keeping up: %d messages dropped so far",
            self._link.address,
            self.pattern,
            self.dropped,
        )

    def _drop_at_stop(self, count: int) -> None:
        """What cannot be handed out any more; :meth:`stop` tells of it."""
        self.dropped += count
        self._prefetch = 0  # nothing newer is handed out

    async def stop(self) -> None:
        attached, self._attached = self._attached, None
        if attached is None:
            return
        self._stopped = True
        self._link.listeners.pop(self, None)
        if self._reporter is not None:
            self._reporter.cancel()
            self._reporter = None
        if self.dropped > self._told:
            self._tell_dropped()
        before = self.dropped
        if self._held:
            self._drop_at_stop(len(self._held))
        self._held.clear()
        self._held_bytes = 0
        try:
            await self._link.client.detach(attached)
        finally:
            if count := self.dropped - before:
                log.warning(
                    "%s: %d messages held for %r, or on their way to it, are dropped as the "
                    "subscription stops; core NATS cannot hand them back",
                    self._link.address,
                    count,
                    self.pattern,
                )
