"""A closed loop on the memory broker, in the process of the host that is measured.

Whatever the guest sends is replaced by a new message for it, so a message costs two deliveries and
two publishes of the broker besides the handling.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from wasi_messaging import Host, Message
from wasi_messaging.abc import Broker, Delivery

Inputs = Iterator[tuple[str, Message]]
"""Topic and message, as many as are asked for."""


class Loop:
    """Keeps a number of messages on their way until enough have come back."""

    def __init__(self, broker: Broker, in_flight: int) -> None:
        self._broker = broker
        self._in_flight = in_flight
        self._inputs: Inputs = iter(())
        self._left = self._awaited = 0
        self._done = asyncio.Event()

    async def attach(self, output: str) -> None:
        """Listen to what the guest sends."""
        await self._broker.subscribe(
            output, self._receive, group=None, prefetch=self._in_flight, start="new"
        )

    @property
    def surplus(self) -> int:
        """What came after the last run had enough: of messages that had been waiting before it."""
        return max(0, -self._awaited)

    async def run(self, inputs: Inputs, count: int) -> None:
        """Have ``count`` messages handled."""
        self._inputs = inputs
        self._left = self._awaited = count
        self._done.clear()
        for _ in range(min(count, self._in_flight)):
            self._publish()
        await self._done.wait()

    def _publish(self) -> None:
        self._left -= 1
        topic, message = next(self._inputs)
        if self._broker.publish(topic, message) is not None:
            raise RuntimeError("the queue is full, though the loop is closed")

    def _receive(self, delivery: Delivery) -> None:
        delivery.ack()
        self._awaited -= 1
        if self._left:
            self._publish()
        elif self._awaited <= 0:
            self._done.set()


async def open_loop(host: Host, in_flight: int, output: str = "out") -> Loop:
    """Start the host and a closed loop on its broker."""
    await host.__aenter__()
    loop = Loop(host.broker(), in_flight)
    await loop.attach(output)
    return loop
