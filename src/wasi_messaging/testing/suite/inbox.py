"""What tests receive with, and wait with."""

from __future__ import annotations

import asyncio

from ...abc import Delivery
from ...receiving import done

__all__ = ["Inbox", "done"]


class Inbox:
    """Takes deliveries and settles them when told, or at once with ``ack``."""

    def __init__(self, *, ack: bool = False) -> None:
        self.deliveries: list[Delivery] = []
        self._ack = ack
        self._arrived = asyncio.Event()
        self._taken = 0
        self._acks: set[asyncio.Future[None]] = set()

    def __call__(self, delivery: Delivery) -> None:
        """The receiver of a subscription."""
        self.deliveries.append(delivery)
        self._arrived.set()
        if self._ack:
            completion = delivery.ack()
            if completion is not None:
                self._acks.add(asyncio.ensure_future(completion))

    def __len__(self) -> int:
        return len(self.deliveries)

    @property
    def bodies(self) -> list[bytes]:
        """Of all that arrived."""
        return [delivery.message.data for delivery in self.deliveries]

    async def take(self, timeout: float) -> Delivery:
        """The next delivery."""
        await self.reach(self._taken + 1, timeout)
        self._taken += 1
        return self.deliveries[self._taken - 1]

    async def reach(self, count: int, timeout: float) -> None:
        """Wait until so many have arrived."""
        try:
            async with asyncio.timeout(timeout):
                while len(self.deliveries) < count:
                    self._arrived.clear()
                    await self._arrived.wait()
        except TimeoutError:
            raise AssertionError(
                f"{len(self.deliveries)} of {count} deliveries within {timeout:g} s"
            ) from None
