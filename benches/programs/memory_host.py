"""Contestant: our host with the memory broker, in a closed loop. Arguments: COMPONENT IN-FLIGHT.

The loop is closed in the same process: whatever the guest sends to "out" is replaced by a new
message on "in", so the figure holds two deliveries and two publishes of the broker as well.
"""

from __future__ import annotations

import asyncio
import sys

from serving import serve

from wasi_messaging import Config, Host, Message
from wasi_messaging.abc import Broker, Delivery

INSTANCES = 64


def configuration(component: str, in_flight: int) -> Config:
    """One component, one client, one subscription."""
    return Config.from_dict(
        {
            "clients": {"default": {"url": "memory:"}},
            "components": {
                "bench": {
                    "path": component,
                    "instances": INSTANCES,
                    "subscriptions": [{"topic": "in", "max_in_flight": in_flight}],
                    "permissions": {"default": {"send": ["out"]}},
                }
            },
        }
    )


class Loop:
    """Keeps a number of messages on their way until enough have come back."""

    def __init__(self, broker: Broker, in_flight: int) -> None:
        self._broker = broker
        self._in_flight = in_flight
        self._message = Message(b"")
        self._left = self._awaited = 0
        self._done = asyncio.Event()

    async def attach(self) -> None:
        """Listen to what the guest sends."""
        await self._broker.subscribe(
            "out", self._receive, group=None, prefetch=self._in_flight, start="new"
        )

    async def run(self, body: bytes, count: int) -> None:
        """Have ``count`` messages handled."""
        self._message = Message(body)
        self._left = self._awaited = count
        self._done.clear()
        for _ in range(min(count, self._in_flight)):
            self._publish()
        await self._done.wait()

    def _publish(self) -> None:
        self._left -= 1
        if self._broker.publish("in", self._message) is not None:
            raise RuntimeError("the queue is full, though the loop is closed")

    def _receive(self, delivery: Delivery) -> None:
        delivery.ack()
        self._awaited -= 1
        if self._left:
            self._publish()
        elif not self._awaited:
            self._done.set()


async def open_loop(host: Host, in_flight: int) -> Loop:
    """Start the host and a closed loop on its broker."""
    await host.__aenter__()
    loop = Loop(host.broker(), in_flight)
    await loop.attach()
    return loop


def main() -> None:
    """Start the host and wait for orders."""
    component, in_flight = sys.argv[1], int(sys.argv[2])
    with asyncio.Runner() as runner:
        host = Host(configuration(component, in_flight))
        loop = runner.run(open_loop(host, in_flight))
        serve(lambda body, count: runner.run(loop.run(body, count)))
        runner.run(host.__aexit__(None, None, None))


if __name__ == "__main__":
    main()
