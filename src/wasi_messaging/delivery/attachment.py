"""One subscription, from attaching to the end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from ..abc import Broker, Subscription
from ..component import Component
from ..config import SubscriptionConfig
from . import report
from .admission import Admission
from .deliveries import Deliveries
from .start import prepare, verify

if TYPE_CHECKING:
    from ..dispatch import Dispatcher

logger = logging.getLogger("wasi_messaging.host")


class Attachment:
    """A component's subscription.

    Args:
        component: who handles the messages.
        config: the subscription.
        broker: where they come from.
        dispatcher: takes them to the engine.
        admission: bounds what the host holds.
        target: the broker of the dead letters, if there are any.
        on_halt: told when the subscription ends because of a message.

    Attributes:
        deliveries: what came and is not settled yet.
        bytes_held: what they take.
        paused: whether it fetches no more, because the host holds enough.
        halted: why it ended by itself; empty while it goes on.
    """

    def __init__(
        self,
        component: Component,
        config: SubscriptionConfig,
        broker: Broker,
        dispatcher: Dispatcher,
        admission: Admission,
        target: Broker | None = None,
        on_halt: Callable[[], None] = lambda: None,
    ) -> None:
        self.deliveries = Deliveries(
            component, config, broker, dispatcher, admission, self, target, self._halt
        )
        self.bytes_held = 0
        self.halted = ""
        self._admission = admission
        self._on_halt = on_halt
        self._subscription: Subscription | None = None
        self.paused = False
        self._detaching: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Attach to the broker; what comes is held until :meth:`begin`.

        Raises:
            ConfigError: the broker, now that it is known, cannot do what is configured.
            BrokerError: it refuses.
        """
        deliveries = self.deliveries
        await prepare(deliveries)
        self._admission.join(self)
        self._subscription = await deliveries.broker.subscribe(
            deliveries.config.topic,
            deliveries.receive,
            group=deliveries.group,
            prefetch=deliveries.prefetch,
            start=deliveries.config.start,
        )
        if self.paused:
            self._subscription.pause()
        verify(deliveries, self._subscription)
        deliveries.settlements.start()
        logger.info(report.attached(deliveries))

    @property
    def attached(self) -> bool:
        """Whether messages come by it."""
        return self._subscription is not None and self._detaching is None

    @property
    def dropped(self) -> int:
        """See :class:`~wasi_messaging.abc.Subscription`."""
        return 0 if self._subscription is None else self._subscription.dropped

    @property
    def gaps(self) -> int:
        """See :class:`~wasi_messaging.abc.Subscription`."""
        return 0 if self._subscription is None else self._subscription.gaps

    def begin(self) -> None:
        """Give the guest what came, and what comes from now on."""
        self.deliveries.begin()

    def pause(self) -> None:
        """Fetch no more: the host holds enough."""
        self.paused = True
        if self._subscription is not None:
            self._subscription.pause()

    def resume(self) -> None:
        """Fetch again."""
        self.paused = False
        if self._subscription is not None:
            self._subscription.resume()

    def _halt(self, why: str) -> None:
        self.halted = why
        logger.error(why)
        self.end()
        self._on_halt()

    def end(self) -> asyncio.Task[None]:
        """Fetch nothing more; hand back what waits for its next attempt; finish what is at work."""
        if self._detaching is None:
            self.deliveries.leaving = True
            self._admission.leave(self)
            self._detaching = asyncio.create_task(self._detach())
        return self._detaching

    async def stop(self) -> None:
        """:meth:`end`, and return when that is so."""
        await asyncio.shield(self.end())

    async def _detach(self) -> None:
        try:
            if self._subscription is not None:
                await self._subscription.stop()
        except Exception:
            logger.exception("a subscription did not stop: %s", report.attached(self.deliveries))
        finally:
            self.deliveries.hand_back_waiting()

    async def close(self) -> None:
        """Hand back what is not settled yet, and see every settlement through."""
        await self.deliveries.close()
