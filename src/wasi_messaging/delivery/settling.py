"""Settlements on their way to the broker, and the leases of what is not settled yet."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from operator import methodcaller
from typing import TYPE_CHECKING, Any

from ..abc import Completion, Delivery
from ..errors import BrokerError
from ..receiving import RENEWALS
from .received import Received

if TYPE_CHECKING:
    from .deliveries import Deliveries

logger = logging.getLogger("wasi_messaging.host")

SETTLING_SECONDS = 5.0
"""How long a stop waits for acknowledgements that are on their way."""

Settlement = Callable[[Delivery], Completion]
"""What is told to the broker about a delivery."""


acknowledge: Settlement = methodcaller("ack")
"""It is done with."""


def back_after(delay: float) -> Settlement:
    """It goes back, to come again after so many seconds."""
    return lambda delivery: delivery.nack(delay)


def _keep_alive(delivery: Delivery) -> Completion:
    return delivery.keep_alive()


class Settlements:
    """What is told to the broker about deliveries and nobody waits for."""

    def __init__(self, deliveries: Deliveries) -> None:
        self._deliveries = deliveries
        self._waiting: set[asyncio.Future[Any]] = set()
        self._renewer: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Renew leases from now on, where the broker has any."""
        lease = self._deliveries.broker.capabilities.lease
        if lease is not None:
            self._renewer = asyncio.create_task(self._renew(lease / RENEWALS))

    async def close(self) -> None:
        """Renew no more, and see through what is on its way."""
        if self._renewer is not None:
            self._renewer.cancel()
        if not self._waiting:
            return
        _, unsettled = await asyncio.wait(self._waiting, timeout=SETTLING_SECONDS)
        if unsettled:
            logger.warning(
                "component %s: %d settlements on %s are not confirmed; some messages may "
                "come again",
                *(self._deliveries.component.name, len(unsettled), self._deliveries.config.topic),
            )

    def see_through(self, received: Received, act: Settlement, delivery: Delivery) -> None:
        """Tell the broker; what goes wrong is logged, and the message will come again."""
        try:
            completion = act(delivery)
        except Exception as error:
            self._went_wrong(received, error)
            return
        if completion is not None:
            future = asyncio.ensure_future(completion)
            self._waiting.add(future)
            future.add_done_callback(partial(self._settled, received))

    def _settled(self, received: Received, future: asyncio.Future[None]) -> None:
        self._waiting.discard(future)
        if not future.cancelled() and (error := future.exception()) is not None:
            self._went_wrong(received, error)

    def _went_wrong(self, received: Received, error: BaseException) -> None:
        logger.warning(
            "component %s: the broker did not hear about a message of %s, which may come again: %s",
            self._deliveries.component.name,
            received.message.topic,
            error if isinstance(error, BrokerError) else repr(error),
        )

    async def _renew(self, interval: float) -> None:
        """Keep the lease of every delivery that was here an interval ago already."""
        while True:
            await asyncio.sleep(interval)
            for received in self._deliveries.unsettled:
                if received.leased:
                    self.see_through(received, _keep_alive, received.delivery)
                received.leased = True
