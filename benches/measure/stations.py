"""The stations of a message's way, and which of them a sampled stack belongs to."""

from __future__ import annotations

import linecache
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import wasi_messaging

from .places import PROGRAMS

LOOP = "event loop and sockets"
CLIENT = "client library and protocol"
ADAPTER = "broker's adapter"
DELIVERY = "delivery"
TURN = "turn and outcome"
ENGINE = "engine, guest and conversion"
SENDS = "permissions and sends"
FRAMEWORK = "framework"
HANDLER = "handler"
GENERATOR = "generator"
CLOCK = "clock around turns"
OTHER = "other"
STATIONS = (
    *(LOOP, CLIENT, ADAPTER, DELIVERY, TURN, ENGINE, SENDS),
    *(FRAMEWORK, HANDLER, GENERATOR, CLOCK, OTHER),
)
"""In the order of a message's way; everything is one of them."""

Stack = tuple[str, ...]
"""Frames, the innermost last, as py-spy writes them: ``name (file:line)``."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a station's code is.

    Attributes:
        path: what the file's begins with, as py-spy shortens it.
        station: whose it is.
        line: only lines with this text; ``""``: all of them.
    """

    path: str
    station: str
    line: str = ""

    def holds(self, path: str, number: int) -> bool:
        """Whether a line is here."""
        return path.startswith(self.path) and self.line in _source(path, number)


NATS = "wasi_messaging/brokers/_nats/"
PLACES = (
    Place("wasi_messaging/dispatch.py", ENGINE, "._engine.turn("),
    Place("inside.py", ENGINE, "self._turn("),
    Place("wasi_messaging/dispatch.py", TURN),
    Place("wasi_messaging/handling.py", TURN),
    Place("wasi_messaging/delivery/", DELIVERY),
    Place("wasi_messaging/operations.py", SENDS),
    Place("wasi_messaging/component.py", SENDS),
    *(Place(f"{NATS}{name}.py", CLIENT) for name in ("client", "parser", "transport")),
    Place("wasi_messaging/brokers/", ADAPTER),
    Place("wasi_messaging/receiving.py", ADAPTER),
    Place("wasi_messaging/replies.py", ADAPTER),
    Place("nats/", CLIENT),
    *(Place(path, FRAMEWORK) for path in ("faststream/", "fast_depends/", "pydantic/")),
    Place("contests/", HANDLER),
    Place("measure/", HANDLER),
    Place("generator.py", GENERATOR),
    Place("inside.py", CLOCK),
    *(Place(path, LOOP) for path in ("asyncio/", "selectors.py", "socket.py")),
)
"""The first that holds a line has it. What is nowhere, as helpers of the standard library, counts
for whoever called it; that is nobody where the event loop did."""

_FRAME = re.compile(r"\((?P<path>[^()]*):(?P<line>\d+)\)$")
_GENERATED = "(<"
"""Before the file's name where there is none: code that Python wrote for whoever calls it."""
_ROOTS = (Path(wasi_messaging.__file__).parent.parent, PROGRAMS)


def station_of(stack: Stack) -> str:
    """The station of the innermost frame that is of one."""
    strange = False
    for frame in reversed(stack):
        found = _station(frame)
        if found is not None:
            return OTHER if found == LOOP and strange else found
        strange = strange or _GENERATED not in frame
    return OTHER


def count(stacks: Mapping[Stack, int]) -> dict[str, int]:
    """Samples of each station that has some."""
    counts: Counter[str] = Counter()
    for stack, samples in stacks.items():
        counts[station_of(stack)] += samples
    return {station: counts[station] for station in STATIONS if counts[station]}


def unknown(stacks: Mapping[Stack, int], most: int) -> dict[str, int]:
    """The innermost frames that have most samples of those that are of no station."""
    frames: Counter[str] = Counter()
    for stack, samples in stacks.items():
        if station_of(stack) == OTHER:
            frames[stack[-1] if stack else ""] += samples
    return dict(frames.most_common(most))


@cache
def _station(frame: str) -> str | None:
    found = _FRAME.search(frame)
    if found is None:
        return None
    path, number = found["path"], int(found["line"])
    holding = (place for place in PLACES if place.holds(path, number))
    return next((place.station for place in holding), None)


def _source(path: str, number: int) -> str:
    files = (root / path for root in _ROOTS)
    return next((linecache.getline(str(file), number) for file in files if file.exists()), "")
