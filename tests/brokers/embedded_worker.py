"""A process that uses the embedded broker of a folder: what the tests kill.

python embedded_worker.py FOLDER hold             prints "ready" and stays until its input ends
python embedded_worker.py FOLDER publish START    publishes numbers, printing each confirmed one
python embedded_worker.py FOLDER consume          prints each number, then acknowledges it
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from wasi_messaging.abc import Delivery
from wasi_messaging.brokers.embedded import EmbeddedBroker, EmbeddedSettings
from wasi_messaging.errors import BrokerError
from wasi_messaging.message import Message


def broker(folder: Path) -> EmbeddedBroker:
    """Of a folder, with a lease short enough to wait for."""
    given = {"url": "embedded:", "ack_wait": "1s"}
    return EmbeddedBroker(EmbeddedSettings.model_validate(given, context={"folder": folder}))


def say(text: object) -> None:
    """Tell the test."""
    print(text, flush=True)


async def publish(connected: EmbeddedBroker, number: int) -> None:
    """Numbers for ever, each until it is confirmed."""
    while True:
        try:
            completion = connected.publish("work.item", Message(b"%d" % number))
            if completion is not None:
                await completion
        except BrokerError:
            await asyncio.sleep(0.01)
        else:
            say(number)
            number += 1


async def consume(connected: EmbeddedBroker) -> None:
    """All there is and will be."""

    def receive(delivery: Delivery) -> None:
        say(int(delivery.message.data))
        delivery.ack()

    await connected.subscribe("work.>", receive, group="workers", prefetch=10, start="all")
    await asyncio.Event().wait()


async def main(folder: str, what: str, start: str = "0") -> None:
    """Do what the command line says."""
    async with broker(Path(folder)) as connected:
        if what == "hold":
            say("ready")
            await asyncio.to_thread(sys.stdin.read)
        elif what == "publish":
            await publish(connected, int(start))
        else:
            await consume(connected)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
