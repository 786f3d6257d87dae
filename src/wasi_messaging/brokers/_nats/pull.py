"""Taking messages from a consumer, a batch at a time, never more than may be unsettled.

One request for messages is on its way at most: it asks for what there is room for, bounded in
number and bytes too, and the next follows when it has been served and something was settled. The
server ends a request after ``EXPIRES`` and sends a heartbeat while it has nothing; when that stays
away, when the connection was lost or the server says that something is wrong, the subscription
starts again on a new private address, so that answers to what was asked before cannot be taken for
new ones.
"""

from __future__ import annotations

import asyncio
import logging

from nats.aio.subscription import Subscription as Attached

from ...abc import Completion, Receiver, Subscription
from ...errors import BrokerError
from ...message import Message
from . import headers as wire
from .consumers import Consumer
from .delivery import NAK, WORKING, StreamDelivery, sequence_in, stream_at

log = logging.getLogger("wasi_messaging.brokers.nats")

EXPIRES = 30.0
HEARTBEAT = 5.0
MISSED = 2
"""Heartbeats that may be missing."""
FIRST_PAUSE, MAX_PAUSE = 0.1, 5.0
MAX_BATCH = 1000
"""Messages that one request may bring, because they still come when the subscription is paused."""
MAX_BATCH_BYTES = 8 * 2**20
"""Bytes that one request may bring, as the server counts them, so that a large prefetch of large
messages does not come at once. One message of the largest size always fits."""
AROUND = 2 * 1024
"""Bytes the server counts for a message beside body and headers: subject and reply address."""

IDLE, NOT_FOUND, EXPIRED, CONFLICT = 100, 404, 408, 409
FULL = ("Message Size Exceeds MaxBytes", "Batch Completed")
"""What the server says, with ``CONFLICT``, of a request that was bounded in bytes: the next message
does not fit in what is left; or, of no interest, it was served with bytes to spare."""


class PullSubscription(Subscription):
    """One member of a group, or a subscriber on its own."""

    stored = True

    def __init__(self, consumer: Consumer, prefix: str, receive: Receiver, prefetch: int) -> None:
        self._consumer = consumer
        self._link = consumer.link
        self._client = consumer.link.client
        self._cut = len(prefix.encode())
        self._receive = receive
        self._prefetch = prefetch
        self._unsettled: dict[StreamDelivery, None] = {}
        self._requested = 0
        self._bytes = self._max_bytes = 0
        self._too_large = False
        self._paused = False
        self._request = 0
        self._inbox = b""
        self._subject = b""
        self._attached: Attached | None = None
        self._refilling = False
        self._last_sequence = 0
        self._newest = b""
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
        self.max_deliveries = self._consumer.max_deliveries
        self._attached = await self._link.attach(f"{inbox}.*", self._arrived)
        self._silence = 0
        self._look_again()
        self._refill()

    # -- asking ---------------------------------------------------------------------------------

    def pause(self) -> None:
        self._paused = True

    def resume(self) -> None:
        self._paused = False
        self._refill_soon()

    def _refill(self) -> None:
        self._refilling = False
        room = self._prefetch - len(self._unsettled)
        if self._requested or room <= 0 or self._paused or self._attached is None or self._stopped:
            return
        consumer = self._consumer
        room = min(room, consumer.max_batch or MAX_BATCH, MAX_BATCH)
        largest = self._link.max_payload + AROUND
        limit = max(MAX_BATCH_BYTES, largest)
        if consumer.max_bytes:
            limit = min(limit, consumer.max_bytes)
        if self._too_large:
            room, self._too_large = 1, False
        # A request bounded in bytes costs an answer more, so only those are that can be too much.
        self._max_bytes = self._bytes = limit if room > 1 and room * largest > limit else 0
        self._requested = room
        self._request += 1
        self._silence = 0
        expires = min(EXPIRES, consumer.max_expires or EXPIRES)
        self._client.send(
            self._subject,
            b'{"batch":%d,"max_bytes":%d,"expires":%d,"idle_heartbeat":%d}'
            % (room, self._max_bytes, int(expires * 1e9), int(min(HEARTBEAT, expires / 2.5) * 1e9)),
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
        stream = stream_at(tokens)
        attempt = int(tokens[stream + 2])
        topic = subject[self._cut :].decode("utf-8", "replace")
        if headers is None:
            message = Message(data, None, None, topic)
            reply_to = b""
        else:
            known = wire.decode(headers)
            message = Message(data, known.content_type, known.metadata, topic)
            reply_to = wire.reply_address(known)
        self._news = True
        delivery = StreamDelivery(message, token, attempt, reply_to, self)
        if attempt == 1:
            self._newest = token  # they come in the stream's order
        else:
            self._last_sequence = max(self._last_sequence, delivery.sequence)
        self._unsettled[delivery] = None
        self._requested -= 1
        if self._max_bytes:
            self._bytes -= len(subject) + len(token) + len(data) + len(headers or b"")
            if self._bytes <= 0:
                self._requested = 0  # filled to the last byte: the server says nothing then
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
        text = wire.status_text(headers)
        if number in (NOT_FOUND, EXPIRED) or (number == CONFLICT and text in FULL):
            self._news = True
            # Ended before it brought anything: then not even one message fits.
            self._too_large = text == FULL[0] and self._bytes == self._max_bytes
            self._refill_soon()
        else:
            self._recover(f"{number} {text or 'no responders'}")

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
                self._link.pulse.doubt()
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
        if self._newest:
            self._last_sequence = max(self._last_sequence, sequence_in(self._newest))
            self._newest = b""
        if self._last_sequence < 0:
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
        requested = self._requested
        await self._let_go()
        if self._consumer.group is not None and requested > 0 and self._client.is_connected:
            await self._consumer.drop_requests()
        if self._consumer.group is None and self._client.is_connected:
            await self._consumer.delete()
