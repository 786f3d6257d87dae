"""``wasi-messaging run --workers``: what a second process is worth, and what a killed one costs."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from nats.aio.client import Client

from .hosts import RunningHost
from .places import MissingError, guest
from .processes import processor_seconds
from .server import running_server
from .stored import PATIENCE, Place, place_on, publish, read

TOPIC = "in"
WORK, LONG_WORK = 900e-6, 5e-3
"""Seconds that a host takes for a message. A guest that computes for less than a millisecond is
never given to a thread of its own, so one process computes on one processor; and the server's share
of the two processors of a small machine, 40 to 100 µs a message, leaves room for two workers. The
longer one is given to a thread, to compare: there one process has several processors already."""
FIRST_GUESS, TRIED = 30_000, 1_000
"""Rounds, and messages, by which it is found out how many rounds that takes."""
LOOKING = 0.1
LEASE = 2
"""Seconds after which what a killed worker held comes to the other one."""
EDGES = 0.15
"""The part of the messages at each end that does not count: there, workers begin and run dry."""

CONFIGURATION = """
[clients.default]
url = "{url}"
stream = {{ name = "{stream}", ack_wait = "{lease}s" }}

[components.bench]
path = {component}
subscriptions = [{{ topic = "{topic}", max_in_flight = 16, start = "all" }}]
permissions.default.send = ["out"]
"""


def body(number: int, rounds: int) -> bytes:
    """What tells the guest how much to compute; hashed so often, it is the guest's work."""
    return b"%d %d" % (rounds, number)


@dataclass(frozen=True, slots=True)
class Speed:
    """How fast workers handled messages.

    Attributes:
        rate: messages a second.
        workers: seconds of processor time that a message took of all workers together.
        server: … of the broker's server.
    """

    rate: float
    workers: float
    server: float


@dataclass(frozen=True, slots=True)
class Kill:
    """What a killed worker costs.

    Attributes:
        messages: published, and confirmed.
        lost: of which nothing came out.
        twice: that came out more than once: handled, and not acknowledged when the worker died.
        back: seconds from the kill until another worker is attached in its place.
        killed: seconds from the beginning of the load.
        handled: seconds from the beginning, and messages handled by then, ten times a second.
    """

    messages: int
    lost: int
    twice: int
    back: float
    killed: float
    handled: list[tuple[float, int]]


class Group:
    """Workers on a stream that is new."""

    def __init__(self, workers: int, stack: ExitStack) -> None:
        server = stack.enter_context(running_server(TOPIC, "out"))
        self.server = server.process
        self.place = place_on(server)
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="wasi-messaging-bench-"))
        text = CONFIGURATION.format(
            url=self.place.url,
            stream=self.place.stream,
            lease=LEASE,
            component=json.dumps(str(guest("compute/c"))),
            topic=TOPIC,
        )
        options = ("--workers", str(workers))
        self.host = stack.enter_context(RunningHost(Path(folder), text, *options))
        self.host.wait_attached(workers)

    def processor_seconds(self) -> tuple[float, float]:
        """What the workers, and the server, have taken so far."""
        workers = self.host.workers or [self.host.process]  # one alone has no supervisor
        return sum(map(processor_seconds, workers)), processor_seconds(self.server)

    def publish(self, count: int, rounds: int) -> None:
        """Have so many messages wait for the workers."""
        asyncio.run(publish(self.place, TOPIC, (body(number, rounds) for number in range(count))))

    def watch(self, count: int) -> list[tuple[float, int]]:
        """When how many had been handled, until it is all of them."""
        return asyncio.run(_watch(self.place, count))


def calibrate() -> int:
    """Rounds of the guest's loop with which a message takes the host :data:`WORK` seconds.

    Counted in processor time, which others on the machine do not change.
    """
    with ExitStack() as stack:
        group = Group(1, stack)
        before = processor_seconds(group.host.process)
        group.publish(TRIED, FIRST_GUESS)
        group.watch(TRIED)
        took = (processor_seconds(group.host.process) - before) / TRIED
        group.host.stop()
    return max(1, int(FIRST_GUESS * WORK / took))


def speed(workers: int, count: int, rounds: int) -> Speed:
    """How fast so many workers are."""
    with ExitStack() as stack:
        group = Group(workers, stack)
        group.publish(count, rounds)
        before = group.processor_seconds()
        seen = group.watch(count)
        took = [after - was for was, after in zip(before, group.processor_seconds(), strict=True)]
        group.host.stop()
    inner = [(at, many) for at, many in seen if EDGES <= many / count <= 1 - EDGES]
    if len(inner) < 2:
        raise MissingError(f"{count:,} messages are handled too fast to see")
    (first, few), (last, many) = inner[0], inner[-1]
    ahead = count - seen[0][1]  # what was handled while the others were published
    return Speed((many - few) / (last - first), *(seconds / ahead for seconds in took))


def kill_one(count: int, rounds: int) -> Kill:
    """Kill a worker of two when a third of the messages is handled."""
    with ExitStack() as stack:
        group = Group(2, stack)
        group.publish(count, rounds)
        begun = time.monotonic()
        killed, back, seen = asyncio.run(_kill(group, count))
        group.host.stop()
        out = Counter(
            message.data.rpartition(b" ")[2] for message in asyncio.run(read(group.place, "out"))
        )
    return Kill(
        messages=count,
        lost=sum(b"%d" % number not in out for number in range(count)),
        twice=sum(times > 1 for times in out.values()),
        back=back - killed,
        killed=killed - begun,
        handled=[(at - begun, many) for at, many in seen],
    )


async def _kill(group: Group, count: int) -> tuple[float, float, list[tuple[float, int]]]:
    """When it was killed, when its successor was attached, and how the work went on."""
    watching = asyncio.create_task(_watch(group.place, count))
    async with group.place.connected() as client:
        while await _handled(group.place, client) < count // 3:
            if watching.done():
                watching.result()
                raise MissingError("everything was handled before a worker could be killed")
            await asyncio.sleep(LOOKING)
    victim, attached = group.host.workers[0], group.host.attached()
    os.kill(victim, signal.SIGKILL)
    killed = time.monotonic()
    while group.host.attached() == attached:
        if time.monotonic() - killed > PATIENCE:
            raise MissingError("no other worker comes in the place of one that was killed")
        await asyncio.sleep(LOOKING / 10)
    return killed, time.monotonic(), await watching


async def _watch(place: Place, count: int) -> list[tuple[float, int]]:
    seen: list[tuple[float, int]] = []
    async with place.connected() as client:
        while not seen or seen[-1][1] < count:
            many = await _handled(place, client)
            now = time.monotonic()
            progress = next((at for at, before in seen if before == many), now)
            if now - progress > PATIENCE:
                raise MissingError(f"it stopped at {many:,} of {count:,} messages")
            seen.append((now, many))
            await asyncio.sleep(LOOKING)
    return seen


async def _handled(place: Place, client: Client) -> int:
    """Messages that the group has settled: a repeated delivery is not another message."""
    [group] = await place.consumers(client)
    info = await client.jetstream().stream_info(place.stream, subjects_filter=TOPIC)
    published = (info.state.subjects or {}).get(TOPIC, 0)
    return published - (group.num_pending or 0) - (group.num_ack_pending or 0)
