"""Taking messages from a consumer, a batch at a time, never more than may be unsettled.

One request for messages is on its way at most: it asks for what there is room for, and the next
follows when it has been served and something was settled. The server ends a request after
``EXPIRES`` and sends a heartbeat while it has nothing; when that stays away, when the connection
was lost or the server says that something is wrong, the subscription starts again on a new private
address, so that answers to what was asked before cannot be taken for new ones.
"""

from __future__ import annotations

import asyncio
import logging

from nats.aio.subscription import Subscription as Attached

from ...abc import Completion, Delivery, Receiver, Subscription
from ...errors import BrokerError
from ...message import Message
from . import headers as wire
from .consumers import Consumer

log = logging.getLogger("wasi_messaging.brokers.nats")

EXPIRES = 30.0
HEARTBEAT = 5.0
MISSED = 2
"""Heartbeats that may be missing."""
FIRST_PAUSE, MAX_PAUSE = 0.1, 5.0
_V1_TOKENS = 9

ACK, NAK, WORKING = b"+ACK", b'-NAK {"delay": 1}', b"+WPI"
"""Handed back with a nanosecond of delay: a server that restarts forgets what was handed back
without any, and gives it out only when its lease ends; this it writes down. It takes some 10 ms."""
IDLE, NOT_FOUND, EXPIRED = 100, 404, 408


class StreamDelivery(Delivery):
    """A message of a stream; ``reply_to`` is its requester's address, if it is a request."""

    __slots__ = ("_subscription", "_token", "reply_to", "sequence")

    def __init__(
        self,
        message: Message,
        token: bytes,
        attempt: int,
        sequence: int,
        reply_to: bytes,
        subscription: PullSubscription,
    ) -> None:
        self.message = message
        self.attempt = attempt
        self.sequence = sequence
        self.reply_to = reply_to
        self._token = token
        self._subscription = subscription

    def ack(self) -> Completion:
        return self._subscription.settle(self, self._token, ACK)

    def nack(self, delay: float = 0.0) -> Completion:
        answer = NAK if delay <= 0 else b'-NAK {"delay": %d}' % int(delay * 1e9)
        return self._subscription.settle(self, self._token, answer)

    def keep_alive(self) -> Completion:
        return self._subscription.keep_alive(self._token)


class PullSubscription(Subscription):
    """One member of a group, or a subscriber on its own."""

    def __init__(self, consumer: Consumer, prefix: str, receive: Receiver, prefetch: int) -> None:
        self._consumer = consumer
        self._link = consumer.link
        self._client = consumer.link.client
        self._cut = len(prefix.encode())
        self._receive = receive
        self._prefetch = prefetch
        self._unsettled: dict[StreamDelivery, None] = {}
        self._requested = 0
        self._request = 0
        self._inbox = b""
        self._subject = b""
        self._attached: Attached | None = None
        self._refilling = False
        self._last_sequence = 0
        self._news = False
        self._silence = 0
        self._pause = FIRST_PAUSE
        self._watch: asyncio.TimerHandle | None = None
        self._recovery: asyncio.Task[None] | None = None
        self._stopped = False

    async def start(self) -> None:
        await self._consumer.ensure()
        self._last_sequence = self._consumer.position
        await self._begin()
        self._link.listeners[self] = None

    def _request_subject(self) -> bytes:
        return (
            f"{self._link.target.api_prefix}.CONSUMER.MSG.NEXT."
            f"{self._consumer.settings.name}.{self._consumer.name}"
        ).encode()

    async def _begin(self) -> None:
        """Ask on a new address."""
        inbox = self._client.new_inbox()
        self._inbox = f"{inbox}.".encode()
        self._requested = 0
        self._subject = self._request_subject()
        self._attached = await self._link.attach(f"{inbox}.*", self._arrived)
        self._silence = 0
        self._look_again()
        self._refill()

    # -- asking ---------------------------------------------------------------------------------

    def _refill(self) -> None:
        self._refilling = False
        room = self._prefetch - len(self._unsettled)
        if self._requested or room <= 0 or self._stopped or self._attached is None:
            return
        if self._consumer.max_batch:
            room = min(room, self._consumer.max_batch)
        self._requested = room
        self._request += 1
        self._silence = 0
        self._client.send(
            self._subject,
            b'{"batch":%d,"expires":%d,"idle_heartbeat":%d}'
            % (room, int(EXPIRES * 1e9), int(HEARTBEAT * 1e9)),
            b"",
            self._inbox + b"%d" % self._request,
        )

    def _refill_soon(self) -> None:
        if not self._refilling:
            self._refilling = True
            asyncio.get_running_loop().call_soon(self._refill)

    # -- receiving ------------------------------------------------------------------------------

    def _arrived(self, subject: bytes, token: bytes, data: bytes, headers: bytes | None) -> None:
        if not token:
            self._status(subject, headers)
            return
        if self._stopped:
            self._client.send(token, NAK)
            return
        tokens = token.split(b".")
        first = 4 if len(tokens) == _V1_TOKENS else 6
        attempt, sequence = int(tokens[first]), int(tokens[first + 1])
        topic = subject[self._cut :].decode("utf-8", "replace")
        if headers is None:
            message = Message(data, None, None, topic)
            reply_to = b""
        else:
            known = wire.decode(headers)
            message = Message(data, known.content_type, known.metadata, topic)
            reply_to = wire.reply_address(known)
        if sequence > self._last_sequence:
            self._last_sequence = sequence
        self._news = True
        delivery = StreamDelivery(message, token, attempt, sequence, reply_to, self)
        self._unsettled[delivery] = None
        self._requested -= 1
        if self._requested <= 0:
            self._refill_soon()
        self._receive(delivery)

    def _status(self, subject: bytes, headers: bytes | None) -> None:
        """The server says how the request fares; words on an earlier one do not matter."""
        if headers is None or subject != self._inbox + b"%d" % self._request:
            return
        number = wire.status(headers)
        if number == IDLE:
            self._news = True
            return
        self._requested = 0
        if number in (NOT_FOUND, EXPIRED):
            self._news = True
            self._refill_soon()
        else:
            self._recover(f"{number} {wire.status_text(headers) or 'no responders'}")

    # -- settling -------------------------------------------------------------------------------

    def settle(self, delivery: StreamDelivery, token: bytes, answer: bytes) -> Completion:
        if delivery not in self._unsettled:
            return None  # settled already
        del self._unsettled[delivery]
        if self._requested <= 0:
            self._refill_soon()
        return self._client.send(token, answer)  # without a connection it waits: it stays true

    def keep_alive(self, token: bytes) -> Completion:
        """Renew a lease. Without a connection that is useless: it would come too late."""
        return self._client.send(token, WORKING) if self._client.is_connected else None

    # -- going and coming back ------------------------------------------------------------------

    def lost(self) -> None:
        attached, self._attached = self._attached, None
        self._requested = 0
        if attached is not None:
            self._client.forget(attached)

    def restored(self) -> None:
        if not self._stopped:
            self._recover("connected again", pause=0.0)

    def _look_again(self) -> None:
        """Notice that the server has gone silent, every now and then."""
        if self._watch is not None:
            self._watch.cancel()
        self._watch = asyncio.get_running_loop().call_later(HEARTBEAT, self._look_again)
        if self._news:
            self._news = False
            self._silence = 0
            self._pause = FIRST_PAUSE
        elif self._requested and self._attached is not None:
            self._silence += 1
            if self._silence > MISSED:
                self._recover(f"no heartbeat for {self._silence * HEARTBEAT:g} s")

    def _recover(self, reason: str, pause: float | None = None) -> None:
        if self._stopped or (self._recovery is not None and not self._recovery.done()):
            return
        if pause is None:
            log.warning("%s: %s; trying again", self._name, reason)
            pause, self._pause = self._pause, min(self._pause * 2, MAX_PAUSE)
        self._recovery = asyncio.get_running_loop().create_task(self._start_again(pause))

    async def _start_again(self, pause: float) -> None:
        while True:
            await asyncio.sleep(pause)
            try:
                await self._let_go()
                if self._client.is_connected:  # otherwise restored() comes
                    await self._consumer.ensure(self._resume_at())
                    await self._begin()
            except Exception as error:  # whatever it is: the subscription must not end silently
                pause, self._pause = self._pause, min(self._pause * 2, MAX_PAUSE)
                log.warning(
                    "%s: %s; trying again in %.1f s",
                    self._name,
                    str(error) or type(error).__name__,
                    pause,
                    exc_info=not isinstance(error, BrokerError),
                )
            else:
                return

    async def _let_go(self) -> None:
        """Leave the private address. What is on its way is handed out, or back when stopped."""
        attached, self._attached = self._attached, None
        if attached is not None:
            try:
                await self._client.detach(attached)
            except asyncio.CancelledError:
                self._attached = attached  # stop() goes on with it
                raise

    def _resume_at(self) -> int | None:
        """Where a consumer begins that somebody deleted: nothing unsettled is left out."""
        if not self._last_sequence:
            return None
        oldest = min((delivery.sequence for delivery in self._unsettled), default=None)
        return oldest if oldest is not None else self._last_sequence + 1

    @property
    def _name(self) -> str:
        what = f"group {self._consumer.group!r} on" if self._consumer.group else "subscription to"
        return f"{self._link.address}: {what} {self._consumer.subject!r}"

    async def stop(self) -> None:
        if self._stopped:
            return
        self._stopped = True
        self._link.listeners.pop(self, None)
        if self._watch is not None:
            self._watch.cancel()
        if self._recovery is not None:
            self._recovery.cancel()
            await asyncio.wait({self._recovery})
        await self._let_go()
        if self._consumer.group is None and self._client.is_connected:
            await self._consumer.delete()
