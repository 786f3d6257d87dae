"""Giving a message up: its dead letter is confirmed before it is acknowledged."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from typing import TYPE_CHECKING
from uuid import uuid4

from ..abc import Broker
from ..config.delivery import Outcome
from ..errors import (
    BrokerError,
    BrokerTimeoutError,
    BrokerUnavailableError,
    HandlingError,
    MessageRejectedError,
)
from ..message import Message
from ..receiving import done
from . import letters
from .received import Received

if TYPE_CHECKING:
    from .deliveries import Deliveries

logger = logging.getLogger("wasi_messaging.host")

FIRST_PAUSE, MAX_PAUSE = 0.2, 5.0


class DeadLetterTarget:
    """Where the dead letters of a subscription go.

    Attributes:
        broker: of the letters.
        topic: of the letters.
    """

    def __init__(self, deliveries: Deliveries, broker: Broker, topic: str) -> None:
        self.broker = broker
        self.topic = topic
        self._deliveries = deliveries
        self._publishing: set[asyncio.Task[None]] = set()

    def take(self, received: Received, outcome: Outcome, error: HandlingError | None) -> None:
        """Give a message up."""
        task = asyncio.create_task(self._publish(received, outcome, error))
        self._publishing.add(task)
        task.add_done_callback(self._publishing.discard)

    async def close(self) -> None:
        """Publish no more; what is not confirmed is not given up."""
        for task in self._publishing:
            task.cancel()
        await asyncio.gather(*self._publishing, return_exceptions=True)

    async def _publish(
        self, received: Received, outcome: Outcome, error: HandlingError | None
    ) -> None:
        """Publish the dead letter until that is confirmed; the message stays leased meanwhile.

        A letter that the broker will never take, in no form, ends the subscription: the message is
        not lost.
        """
        message, name = received.delivery.message, None
        if received.delivery.id is not None:
            name = _short(f"{self._deliveries.identity} {received.delivery.id} dead letter", 32)
        story = self._story(received, outcome, error)
        refusal = ""
        for form in (letters.write, letters.enclose, letters.shorten):
            try:
                await self._until_confirmed(form(message, story), name)
            except MessageRejectedError as problem:
                refusal = refusal or str(problem)
            except BrokerError as problem:
                refusal = str(problem)
                break
            except Exception as problem:
                logger.exception("publishing a dead letter failed unexpectedly")
                refusal = repr(problem)
                break
            else:
                self._deliveries.dead_lettered(received)
                return
        why = f"its dead letter for {self.topic} was refused: {refusal}"
        self._deliveries.give_up(received, outcome, why)

    async def _until_confirmed(self, letter: Message, name: str | None) -> None:
        pause = FIRST_PAUSE
        while True:
            try:
                await done(self.broker.publish(self.topic, letter, name))
            except (BrokerUnavailableError, BrokerTimeoutError) as problem:
                logger.warning(
                    "component %s: a dead letter for %s is not confirmed: %s; again in %g s",
                    *(self._deliveries.component.name, self.topic, problem, pause),
                )
                await asyncio.sleep(pause)
                pause = min(pause * 2, MAX_PAUSE)
            else:
                return

    def _story(
        self, received: Received, outcome: Outcome, error: HandlingError | None
    ) -> letters.Story:
        deliveries = self._deliveries
        host, version = letters.this_host()
        source = received.delivery.id or uuid4().hex
        return letters.Story(
            dead_letter=_short(f"{deliveries.identity} {source}", 12),
            client=deliveries.config.client,
            topic=received.delivery.message.topic or "",
            component=deliveries.component.name,
            group=deliveries.group,
            attempts=received.attempt,
            outcome=outcome,
            reason=letters.in_one_line("the guest returned ok" if error is None else str(error)),
            first_time=letters.timestamp(received.first_failed),
            last_time=letters.timestamp(time.time()),
            host=host,
            version=version,
        )


def _short(text: str, digits: int) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:digits]
