"""Instances that really are there at once: guests that wait for an answer until all of them ask."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import linear_regression
from typing import Any

from nats.aio.client import Client
from nats.aio.msg import Msg

from .hosts import RunningHost
from .memory import Memory, memory
from .metrics import CONFIGURATION as METRICS
from .metrics import INSTANCES, metric
from .places import MissingError, guest
from .stored import PATIENCE, Place

ASKED_WITHIN = 1.5
"""Seconds; the guest waits two for its answers."""
WAVES = 3
PAUSE = 0.05
"""Seconds between two waves, in which guests return."""
REST = 0.3
"""Seconds between the last answer and the look at the memory."""

CONFIGURATION = """
[clients.default]
url = "{url}"

[components.bench]
path = {component}
instances = {instances}
subscriptions = [{{ topic = "ask", max_in_flight = {instances} }}]
permissions.default = {{ send = ["out"], request = ["answer"] }}
"""


@dataclass(frozen=True, slots=True)
class Point:
    """A host whose instances have all handled messages.

    Attributes:
        wanted: instances that waited at once.
        instances: that there are, by the host's metric; one more where a message came while the
            instance before had answered and not returned yet.
        memory: of the host.
    """

    wanted: int
    instances: int
    memory: Memory


def grow(place: Place, component: str, counts: Sequence[int], folder: Path) -> list[Point]:
    """The memory of one host while its instances become more.

    Args:
        place: a server.
        component: built from ``guests/request-reply``.
        counts: of instances, rising.
        folder: of the host.

    Raises:
        MissingError: not so many are there at once.
    """
    text = CONFIGURATION.format(
        url=place.url, component=json.dumps(str(guest(component))), instances=counts[-1]
    )
    with RunningHost(folder, text + METRICS) as host:
        host.wait_attached()
        points = asyncio.run(_grow(place, host, counts))
        host.stop()
    return points


def slopes(rounds: list[dict[str, Any]], kind: str) -> list[float]:
    """Bytes that one more instance takes, in each round."""
    found = []
    for one in rounds:
        points = one.values()
        there = [point["instances"] for point in points]
        found.append(linear_regression(there, [point[kind] for point in points]).slope)
    return found


async def _grow(place: Place, host: RunningHost, counts: Sequence[int]) -> list[Point]:
    points = []
    async with place.connected() as client:
        for count in counts:
            for _ in range(WAVES):
                await _wave(client, count)
                await asyncio.sleep(PAUSE)
            await asyncio.sleep(REST)
            taken = memory(host.process)
            there = int(metric(host, INSTANCES))
            if there < count:
                raise MissingError(f"there are only {there} instances, not {count}")
            points.append(Point(count, there, taken))
    return points


async def _wave(client: Client, count: int) -> None:
    """Have so many guests ask, and answer none before the last has asked."""
    asked: list[Msg] = []
    everybody, done = asyncio.Event(), asyncio.Event()
    left = 2 * count  # the guest passes both its answers on

    async def ask(message: Msg) -> None:
        asked.append(message)
        if len(asked) == count:
            everybody.set()

    async def end(_: Msg) -> None:
        nonlocal left
        left -= 1
        if not left:
            done.set()

    answering, ending = (
        await client.subscribe("answer", cb=ask),
        await client.subscribe("out", cb=end),
    )
    await client.flush()
    for number in range(count):
        await client.publish("ask", b"question %d" % number)
    await _within(ASKED_WITHIN, everybody, f"{count} instances wait at once")
    for message in asked:
        await message.respond(b"answer")
        await message.respond(b"another")
    await _within(PATIENCE, done, f"{count} guests have sent their answers on")
    await answering.unsubscribe()
    await ending.unsubscribe()


async def _within(seconds: float, event: asyncio.Event, what: str) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        raise MissingError(f"not so within {seconds:g} s: {what}") from None
