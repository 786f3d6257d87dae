"""Deliveries that are held for long: their leases are renewed, and in the end they go back."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from types import TracebackType
from typing import Self

from .abc import Completion, Delivery
from .errors import BrokerError
from .receiving import RENEWALS, done

logger = logging.getLogger("wasi_messaging.dead_letters")

OVERHEAD = 1024
"""Bytes that a held message takes beside its body, roughly."""


class Holding:
    """What is held, each under a key.

    Attributes:
        bytes: what it takes.

    Args:
        name: what warnings call the messages.
        lease: seconds after which the broker gives out again what was not renewed.
    """

    def __init__(self, name: str, lease: float | None) -> None:
        self.bytes = 0
        self._name = name
        self._lease = lease
        self._held: dict[object, Delivery] = {}
        self._renewer: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return len(self._held)

    def __getitem__(self, key: object) -> Delivery:
        return self._held[key]

    def __contains__(self, key: object) -> bool:
        return key in self._held

    def add(self, key: object, delivery: Delivery) -> None:
        """Hold a delivery."""
        self._held[key] = delivery
        self.bytes += _size(delivery)

    def remove(self, key: object) -> None:
        """It is settled."""
        self.bytes -= _size(self._held.pop(key))

    async def __aenter__(self) -> Self:
        if self._lease is not None:
            self._renewer = asyncio.create_task(self._renew(self._lease / RENEWALS))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if self._renewer is not None:
                self._renewer.cancel()
                with suppress(asyncio.CancelledError):
                    await self._renewer
        finally:
            await self._hand_back()

    async def _renew(self, interval: float) -> None:
        while True:
            await asyncio.sleep(interval)
            errors = await _each(self._held.values(), lambda delivery: delivery.keep_alive())
            self._warn("may be given to others: their lease was not renewed", errors)

    async def _hand_back(self) -> None:
        """The newest first, for brokers that put it in front of the others."""
        errors = await _each(reversed(self._held.values()), lambda delivery: delivery.nack())
        self._held.clear()
        self.bytes = 0
        self._warn("come back when their lease ends, not at once", errors)

    def _warn(self, what: str, errors: list[BrokerError]) -> None:
        if errors:
            logger.warning("%d messages of %s %s: %s", len(errors), self._name, what, errors[0])


def _size(delivery: Delivery) -> int:
    return len(delivery.message.data) + OVERHEAD


async def _each(
    deliveries: Iterable[Delivery], act: Callable[[Delivery], Completion]
) -> list[BrokerError]:
    """Do something about all deliveries at the same time; what the broker refused."""

    async def one(delivery: Delivery) -> None:
        await done(act(delivery))

    results = await asyncio.gather(*map(one, list(deliveries)), return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException) and not isinstance(result, BrokerError):
            raise result
    return [result for result in results if isinstance(result, BrokerError)]
