"""All subscriptions of a host: attached together, drained together."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

from ..abc import Broker
from ..component import Component
from .admission import Admission
from .attachment import Attachment

if TYPE_CHECKING:
    from ..dispatch import Dispatcher

logger = logging.getLogger("wasi_messaging.host")

CANCELLING_SECONDS = 5.0
"""How long a stop waits for guests to notice that they were cancelled."""


class Subscriptions:
    """The attachments of all components.

    Args:
        dispatcher: takes their messages to the engine.
        max_bytes: that they hold at a time.
        on_end: told when the last of them has stopped by itself.

    Attributes:
        attachments: each of them, in the order of the configuration.
    """

    def __init__(self, dispatcher: Dispatcher, max_bytes: int, on_end: Callable[[], None]) -> None:
        self._dispatcher = dispatcher
        self._admission = Admission(max_bytes)
        self._on_end = on_end
        self.attachments: list[Attachment] = []

    async def attach(
        self, components: Iterable[Component], broker: Callable[[str], Broker]
    ) -> None:
        """Attach every subscription, and only then let messages in.

        Raises:
            ConfigError: a broker, now that it is open, cannot do what is configured.
            BrokerError: it refuses.
        """
        members: dict[object, str] = {}
        for component in components:
            for config in component.config.subscriptions:
                key = (config.client, config.topic, config.group or component.name)
                if (other := members.setdefault(key, component.name)) != component.name:
                    logger.warning(
                        "components %s and %s are members of one group on %s of client %s: each "
                        "message goes to one of the two",
                        *(other, component.name, config.topic, config.client),
                    )
                attachment = Attachment(
                    component,
                    config,
                    broker(config.client),
                    self._dispatcher,
                    self._admission,
                    broker(config.dead_letter_client) if config.dead_letter else None,
                    self._halted,
                )
                self.attachments.append(attachment)
                await attachment.start()
        for attachment in self.attachments:
            attachment.begin()

    def end(self) -> None:
        """Fetch nothing more, try nothing again; :meth:`drain` sees it through."""
        for attachment in self.attachments:
            attachment.end()

    def _halted(self) -> None:
        if self.all_halted:
            self._on_end()

    @property
    def all_halted(self) -> list[str]:
        """Why each subscription has stopped by itself, if all have; otherwise nothing."""
        reasons = [attachment.halted for attachment in self.attachments]
        return reasons if all(reasons) else []

    def missed(self, component: Component) -> int:
        """Messages of a component that the clients of its brokers dropped."""
        return sum(one.dropped for one in self.attachments if one.deliveries.component is component)

    async def drain(self, seconds: float, now: asyncio.Event) -> None:
        """Fetch nothing more, let what is in flight finish, hand back the rest.

        Args:
            seconds: that it may take to finish.
            now: once set, nothing is waited for any more.
        """
        await self._all("stop", (one.stop() for one in self.attachments))
        await self._finish(seconds, now)
        await self._all("close", (one.close() for one in self.attachments))

    async def _finish(self, seconds: float, now: asyncio.Event) -> None:
        if not self._in_flight:
            return
        logger.info("in flight: %d; finishing, for %g s at most", self._in_flight, seconds)
        idle = asyncio.create_task(self._wait_idle())
        hurry = asyncio.create_task(now.wait())
        await asyncio.wait({idle, hurry}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for task in (idle, hurry):
            task.cancel()
        if self._in_flight:
            logger.warning("handing back %d unfinished messages", self._in_flight)
            for attachment in self.attachments:
                attachment.deliveries.ended = True
            self._dispatcher.cancel_all()
            with suppress(TimeoutError):
                async with asyncio.timeout(CANCELLING_SECONDS):
                    await self._dispatcher.wait_idle()

    @property
    def _in_flight(self) -> int:
        """Messages not settled, or given to a component by the embedding program."""
        unsettled = sum(len(one.deliveries.unsettled) for one in self.attachments)
        return max(unsettled, self._dispatcher.running)

    async def _wait_idle(self) -> None:
        for attachment in self.attachments:
            await attachment.deliveries.wait_idle()
        await self._dispatcher.wait_idle()

    async def _all(self, what: str, steps: Iterable[Awaitable[None]]) -> None:
        """Take a step of every attachment; one that fails keeps no other from it."""
        for outcome in await asyncio.gather(*steps, return_exceptions=True):
            if isinstance(outcome, BaseException):
                logger.error("a subscription did not %s: %r", what, outcome)
