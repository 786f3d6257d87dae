"""Messages as fast as a broker takes them, to a host that is attached: what becomes of each."""

from __future__ import annotations

import asyncio
import json
import re
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from . import metrics
from .core import CoreServer
from .hosts import RunningHost, counted
from .memory import MemoryWatch, memory
from .metrics import CONFIGURATION as METRICS
from .metrics import MISSED, metric
from .places import guest
from .server import running_server
from .stored import Place, embedded, numbered, numbers, place_on, publish, wait_settled

SIZE = 256
MIB = 2**20
BOUND = 4 * MIB
"""``max_bytes_in_flight``."""
IN_FLIGHT = 100_000
"""``max_in_flight``, so high that the bytes are what bounds a host."""
ALLOWANCE = 40 * MIB
"""What a host may take besides: instances, buffers, what freed memory leaves behind."""
REST_SECONDS = 1.0
TOPIC = "in"

CONFIGURATION = """
max_bytes_in_flight = {bound}

[clients.default]
{client}

[components.bench]
path = {component}
instances = 64
subscriptions = [{{ topic = "{topic}", max_in_flight = {in_flight} }}]
permissions.default.send = ["out"]
"""


@dataclass(frozen=True, slots=True)
class Flood:
    """How one went, on a broker that stores.

    Attributes:
        messages: published, and confirmed.
        publishing: seconds until the last was confirmed.
        handling: seconds until the last was acknowledged, from the same beginning.
        lost: of which nothing came out.
        twice: that came out more than once.
        bound: bytes that the host was to hold at most.
        held: bytes that it held at most, by its own count, ten times a second.
        paused: whether it was seen to fetch nothing because of that.
        rest: resident bytes of the host before the first.
        memory: resident bytes of the host, ten times a second.
    """

    messages: int
    publishing: float
    handling: float
    lost: int
    twice: int
    bound: int
    held: int
    paused: bool
    rest: int
    memory: list[int]


@dataclass(frozen=True, slots=True)
class CoreFlood:
    """How one went on core NATS, where nothing is stored.

    Attributes:
        messages: published.
        publishing: seconds until the server had read the last.
        delivered: messages that the server has written for the host's connections.
        handled: by the guest, as the host counts.
        logged: dropped by the host's client, as its log says.
        missed: the same as its metric says.
        slow_consumers: connections that the server has closed because they did not keep up.
        warnings: lines of the log that tell of dropped messages.
        rest: resident bytes of the host before the first.
        memory: resident bytes of the host, ten times a second.
    """

    messages: int
    publishing: float
    delivered: int
    handled: int
    logged: int
    missed: int
    slow_consumers: int
    warnings: int
    rest: int
    memory: list[int]


def on_jetstream(messages: int) -> Flood:
    """With a stream on disk that stores what comes and what is sent."""
    with ExitStack() as stack:
        place = place_on(stack.enter_context(running_server(TOPIC, "out")))
        client = f'url = "{place.url}"\nstream = {{ name = "{place.stream}" }}'
        return _stored(client, lambda: place, messages, _folder(stack))


def on_embedded(messages: int) -> Flood:
    """With the embedded broker."""
    with ExitStack() as stack:
        folder = _folder(stack)
        return _stored('url = "embedded:"', partial(embedded, folder), messages, folder)


def _folder(stack: ExitStack) -> Path:
    return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="wasi-messaging-bench-")))


def _text(client: str) -> str:
    component = json.dumps(str(guest("bench/c")))
    text = CONFIGURATION.format(
        bound=BOUND, client=client, component=component, topic=TOPIC, in_flight=IN_FLIGHT
    )
    return text + METRICS


def _stored(client: str, where: Callable[[], Place], messages: int, folder: Path) -> Flood:
    with RunningHost(folder, _text(client)) as host:
        host.wait_attached()
        time.sleep(REST_SECONDS)
        rest = memory(host.process).resident
        place = where()
        begun = time.monotonic()
        with MemoryWatch(host.process) as watch, metrics.HoldingWatch(host) as admitted:
            asyncio.run(publish(place, TOPIC, numbered(messages, SIZE)))
            published = time.monotonic()
            asyncio.run(wait_settled(place))
            handled = time.monotonic()
        out: Counter[int] = asyncio.run(numbers(place, "out"))
        host.stop()
    return Flood(
        messages=messages,
        publishing=published - begun,
        handling=handled - begun,
        lost=messages - len(out),
        twice=sum(times > 1 for times in out.values()),
        bound=BOUND,
        held=admitted.held,
        paused=admitted.paused,
        rest=rest,
        memory=watch.samples,
    )


def on_core(messages: int, pending: int | None) -> CoreFlood:
    """With core NATS.

    Args:
        messages: how many.
        pending: ``pending_messages`` of the client; default: its own.
    """
    with ExitStack() as stack:
        server = stack.enter_context(CoreServer())
        client = f'url = "{server.url}"'
        if pending is not None:
            client += f"\npending_messages = {pending}"
        host = stack.enter_context(RunningHost(_folder(stack), _text(client)))
        host.wait_attached()
        time.sleep(REST_SECONDS)
        rest = memory(host.process).resident
        with MemoryWatch(host.process) as watch:
            publishing = server.flood(TOPIC, numbered(messages, SIZE))
            delivered = server.wait_quiet()
        missed = int(metric(host, MISSED))
        slow_consumers = server.slow_consumers()
        log = host.stop()
    logged, warnings = dropped(log)
    return CoreFlood(
        messages=messages,
        publishing=publishing,
        delivered=delivered,
        handled=counted(log, "handled"),
        logged=logged,
        missed=missed,
        slow_consumers=slow_consumers,
        warnings=warnings,
        rest=rest,
        memory=watch.samples,
    )


def dropped(log: str) -> tuple[int, int]:
    """What a host's client says that it has dropped, and in how many lines.

    While it runs it says how many by then; when it stops, how many more it drops with that.
    """
    so_far = re.findall(r"(\d+) messages dropped so far", log)
    at_stop = re.findall(r"(\d+) messages held for .* are dropped", log)
    count = max(map(int, so_far), default=0) + sum(map(int, at_stop[-1:]))
    return count, len(so_far) + len(at_stop)
