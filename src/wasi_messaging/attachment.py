"""One subscription at work: what it receives goes to the engine, and is settled by the outcome."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import Any

from .abc import Broker, Completion, Delivery, Subscription
from .component import Component
from .config import SubscriptionConfig
from .dispatch import Dispatcher
from .errors import (
    BrokerError,
    GuestError,
    GuestTrapError,
    HandlingError,
)
from .handling import Handling
from .message import Message

logger = logging.getLogger("wasi_messaging.host")


SETTLING_SECONDS = 5.0
"""How long a stop waits for acknowledgements that are on their way."""


class _Received(Handling):
    """A delivery in the engine."""

    __slots__ = ("attachment", "delivery", "seen")

    def __init__(self, attachment: Attachment, delivery: Delivery) -> None:
        self.component = attachment.component
        self.message = delivery.message
        self.attachment = attachment
        self.delivery = delivery
        self.seen = False

    def reply(self, message: Message) -> Completion:
        return self.attachment.broker.reply(self.delivery, message)

    def succeed(self) -> None:
        self.component.counters.handled += 1
        self.attachment.acknowledge(self)

    def fail(self, error: HandlingError) -> None:
        self.component.counters.count(error)
        self.attachment.hand_back(self, error)

    def cancelled(self) -> None:
        self.component.counters.cancelled += 1
        self.attachment.hand_back(self, None)


class Attachment:
    """A component's subscription, from attaching to the last settlement.

    Acknowledges after the guest returned ``ok``. Anything else hands the message back for
    redelivery after ``retry_delay``; a delivery whose handling takes long keeps its lease.
    """

    def __init__(
        self,
        component: Component,
        config: SubscriptionConfig,
        broker: Broker,
        dispatcher: Dispatcher,
    ) -> None:
        self.component = component
        self.config = config
        self.broker = broker
        self._dispatcher = dispatcher
        self._subscription: Subscription | None = None
        self._unsettled: dict[_Received, None] = {}
        self._held: list[_Received] | None = []
        self._delayed: dict[asyncio.TimerHandle, _Received] = {}
        self._settling: set[asyncio.Future[Any]] = set()
        self._renewer: asyncio.Task[None] | None = None

    @property
    def group(self) -> str:
        """The consumer group: the component's name unless the configuration gives another."""
        return self.config.group or self.component.name

    async def start(self) -> None:
        """Attach to the broker; what comes is held until :meth:`begin`."""
        self._subscription = await self.broker.subscribe(
            self.config.topic,
            self._receive,
            group=self.group,
            prefetch=self.config.max_in_flight,
            start=self.config.start,
        )
        lease = self.broker.capabilities.lease
        if lease is not None:
            self._renewer = asyncio.create_task(self._renew(lease / 3))
        logger.info(
            "component %s: attached to %s of client %s as group %s, %d in flight at most",
            self.component.name,
            self.config.topic,
            self.config.client,
            self.group,
            self.config.max_in_flight,
        )

    def begin(self) -> None:
        """Give the guest what came, and what comes from now on."""
        held, self._held = self._held, None
        for received in held or ():
            self._dispatcher.submit(received)

    async def stop(self) -> None:
        """Fetch nothing more; what was received goes on."""
        if self._subscription is not None:
            await self._subscription.stop()

    async def close(self) -> None:
        """Hand back what is held here, and see every settlement through."""
        for received in self._held or ():
            self._settle(received, received.delivery.nack)
        self._held = None
        for timer, received in list(self._delayed.items()):
            timer.cancel()
            self._settle(received, received.delivery.nack)
        self._delayed.clear()
        if self._renewer is not None:
            self._renewer.cancel()
        if self._settling:
            _, unsettled = await asyncio.wait(self._settling, timeout=SETTLING_SECONDS)
            if unsettled:
                logger.warning(
                    "component %s: %d settlements on %s are not confirmed; some messages may "
                    "come again",
                    *(self.component.name, len(unsettled), self.config.topic),
                )

    def _receive(self, delivery: Delivery) -> None:
        received = _Received(self, delivery)
        self._unsettled[received] = None
        if self._held is None:
            self._dispatcher.submit(received)
        else:
            self._held.append(received)

    def acknowledge(self, received: _Received) -> None:
        """The message is done with."""
        self._settle(received, received.delivery.ack)

    def hand_back(self, received: _Received, error: HandlingError | None) -> None:
        """The message was not handled; it comes again, at once if only the host stopped it."""
        if error is None:
            self._settle(received, received.delivery.nack)
            return
        able = self.broker.capabilities
        delay = self.config.retry_delay
        self._report(received, error, delay)
        if able.delayed_nack or delay == 0 or not able.acknowledgement:
            self._settle(received, partial(received.delivery.nack, delay))
        else:
            self._nack_later(received, delay)

    def _nack_later(self, received: _Received, delay: float) -> None:
        """Hold the message back here, its lease kept alive, where the broker cannot."""

        def nack() -> None:
            del self._delayed[timer]
            self._settle(received, received.delivery.nack)

        timer = asyncio.get_running_loop().call_later(delay, nack)
        self._delayed[timer] = received

    def _settle(self, received: _Received, settle: Callable[[], Completion]) -> None:
        del self._unsettled[received]
        self._see_through(received, settle)

    def _see_through(self, received: _Received, act: Callable[[], Completion]) -> None:
        """Do something about a delivery that nobody waits for; what goes wrong is logged."""
        try:
            completion = act()
        except Exception as error:
            self._went_wrong(received, error)
            return
        if completion is not None:
            future = asyncio.ensure_future(completion)
            self._settling.add(future)
            future.add_done_callback(partial(self._settled, received))

    def _settled(self, received: _Received, future: asyncio.Future[None]) -> None:
        self._settling.discard(future)
        if not future.cancelled() and (error := future.exception()) is not None:
            self._went_wrong(received, error)

    def _went_wrong(self, received: _Received, error: BaseException) -> None:
        logger.warning(
            "component %s: a message of %s could not be settled and will come again: %s",
            self.component.name,
            received.message.topic,
            error if isinstance(error, BrokerError) else repr(error),
        )

    def _report(self, received: _Received, error: HandlingError, delay: float) -> None:
        again = f"it comes again in {delay:g} s"
        if not self.broker.capabilities.acknowledgement:
            again = "it is lost: this broker delivers at most once"
        self.component.log.warning(
            "message of %s not handled (attempt %d): %s; %s",
            received.message.topic,
            received.delivery.attempt,
            _words(error),
            again,
        )

    async def _renew(self, interval: float) -> None:
        """Keep the lease of every delivery that was here an interval ago already."""
        while True:
            await asyncio.sleep(interval)
            for received in list(self._unsettled):
                if received.seen:
                    self._see_through(received, received.delivery.keep_alive)
                received.seen = True


def _words(error: HandlingError) -> str:
    """An error for the log: what happened, by whose doing, and for a trap where."""
    if isinstance(error, GuestError):
        return f"the guest returned {error}"
    if not isinstance(error, GuestTrapError):
        return str(error)
    parts = [f"the guest trapped: {error.reason}", *error.backtrace]
    if error.stderr:
        parts.append("last lines of its standard error:")
        parts.extend(error.stderr)
    return "\n  ".join(parts)
