"""A host on a stream in which messages wait behind those it handles: does their number cost it?"""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from contextlib import ExitStack
from functools import partial
from itertools import repeat
from pathlib import Path

from .curves import Points, ends_and_middle
from .hosts import RunningHost
from .places import MissingError, guest
from .processes import processor_seconds
from .run import Run, in_turn
from .server import running_server
from .stored import LOOKING, PATIENCE, Place, place_on, publish

NAME = "waiting, JetStream"
POINTS = (0, 1_000, 10_000, 100_000, 1_000_000)
MEASURED, QUICK_MEASURED = 20_000, 5_000
"""Messages handled before those that wait."""
WARM_UP = 2_000
TOPIC = "in"
BODY = b"x" * 256

CONFIGURATION = """
[clients.default]
url = "{url}"

[clients.store]
url = "{url}"
stream = {{ name = "{stream}" }}

[components.bench]
path = {component}
instances = 64
subscriptions = [
    {{ client = "store", topic = "in", group = "{group}", max_in_flight = 256, start = "all" }},
]
permissions.default.send = ["out"]
"""


def measure(run: Run) -> Points:
    """Each point has a server with a stream of its own; hosts with new groups take turns."""
    points: Points = {}
    measured = QUICK_MEASURED if run.quick else MEASURED
    with ExitStack() as stack:
        places: dict[int, Place] = {}

        def fill(point: int) -> None:
            place = place_on(stack.enter_context(running_server(TOPIC)))
            asyncio.run(publish(place, TOPIC, repeat(BODY, point + measured + WARM_UP)))
            places[point] = place

        def take_turn(point: int, turn: int) -> None:
            wall, cpu = _drain(places[point], f"turn-{turn}", measured)
            clocks = points.setdefault(str(point), {"wall": [], "cpu": []})
            clocks["wall"].append(wall)
            clocks["cpu"].append(cpu)

        chosen = ends_and_middle(POINTS) if run.quick else POINTS
        for point in chosen:
            run.say(f"{NAME}: filling with {point:,}")
            run.attempt(f"{NAME}: {point}", partial(fill, point))
        for turn in range(run.rounds):
            run.say(f"{NAME}: round {turn + 1} of {run.rounds}")
            for point in in_turn(chosen, turn, run.rounds):
                run.attempt(f"{NAME}: {point}", partial(take_turn, point, turn))
    return points


def _drain(place: Place, group: str, measured: int) -> tuple[float, float]:
    """Have a new group handle the first messages; seconds and processor seconds of each."""
    with tempfile.TemporaryDirectory(prefix="wasi-messaging-bench-") as folder:
        text = CONFIGURATION.format(
            url=place.url,
            stream=place.stream,
            component=json.dumps(str(guest("bench/c"))),
            group=group,
        )
        with RunningHost(Path(folder), text) as host:
            begin = asyncio.run(_reach(place, group, WARM_UP, host.process))
            end = asyncio.run(_reach(place, group, WARM_UP + measured // 2, host.process))
    count = end[0] - begin[0]
    return (end[1] - begin[1]) / count, (end[2] - begin[2]) / count


async def _reach(place: Place, group: str, count: int, process: int) -> tuple[int, float, float]:
    """Wait until a group has settled so many: how many it really was, when, and the host's CPU."""
    async with place.connected() as client:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            for one in await place.consumers(client):
                if (one.name or "").startswith(group) and one.ack_floor is not None:
                    settled = one.ack_floor.stream_seq or 0
                    if settled >= count:
                        return settled, time.monotonic(), processor_seconds(process)
            await asyncio.sleep(LOOKING / 4)
    raise MissingError(f"group {group} does not come to {count:,} messages")
