"""The growth curves: a host with more and more of something, and what a message costs then."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from .child import python
from .places import guest
from .run import Run
from .turns import Command, take_turns

SIZE = 256
BENCH, ECHO, ATTEMPT = "bench/c", "echo/c", "attempt/c"
SECONDS, QUICK_SECONDS = 0.5, 0.15

Way = dict[str, Any]
Points = dict[str, dict[str, list[float]]]
"""How much there is of it → ``"wall"`` or ``"cpu"`` → seconds a message, once a round."""


@dataclass(frozen=True, slots=True)
class Curve:
    """Something that there can be more of.

    Attributes:
        name: of the curve.
        panel: of the plot it is drawn in; curves with one panel share their axis.
        points: how much of it.
        way: what :mod:`growth_host` is told for a point.
        guest: which component.
        sizes: the points are sizes of the body.
    """

    name: str
    panel: str
    points: tuple[int, ...]
    way: Callable[[int], Way]
    guest: str = BENCH
    sizes: bool = field(default=False)


ONE = {"busy": "one"}
HUNDRED = (1, 3, 10, 30, 100)
THOUSAND = (1, 10, 30, 100, 300, 1_000)
PATTERNS = (1, 10, 100, 1_000)
SUBSCRIPTIONS, COMPONENTS, INSTANCES = "subscriptions", "components", "instances"
PAIRS, BODY, PERMISSIONS = "metadata pairs", "bytes of the body", "permission patterns"
WAITING = "messages waiting"

CURVES = (
    Curve("subscriptions, in turn", SUBSCRIPTIONS, THOUSAND, lambda n: {"subscriptions": n}),
    Curve(
        *("subscriptions, traffic on one", SUBSCRIPTIONS, THOUSAND),
        lambda n: {"subscriptions": n, **ONE},
    ),
    Curve(
        *("subscriptions, topic always new", SUBSCRIPTIONS, THOUSAND),
        lambda n: {"subscriptions": n, "new": True},
    ),
    Curve("components, in turn", COMPONENTS, HUNDRED, lambda n: {"components": n}),
    Curve("components, traffic on one", COMPONENTS, HUNDRED, lambda n: {"components": n, **ONE}),
    Curve("instances", INSTANCES, (1, 4, 16, 64, 256), lambda n: {"instances": n}),
    Curve("metadata pairs", PAIRS, (0, 1, 3, 10, 30, 100), lambda n: {"pairs": n}, ECHO),
    Curve(
        *("body", BODY, (16, 256, 4 * 2**10, 64 * 2**10, 512 * 2**10, 4 * 2**20)),
        lambda _: {"instances": 16, "in_flight": 16},
        sizes=True,
    ),
    Curve("patterns, one topic", PERMISSIONS, PATTERNS, lambda n: {"patterns": n}),
    Curve(
        *("patterns, topic always new", PERMISSIONS, PATTERNS),
        lambda n: {"patterns": n, "names": True},
        ATTEMPT,
    ),
    Curve(
        *("waiting, memory broker", WAITING, (0, 1_000, 10_000, 100_000, 1_000_000)),
        lambda n: {"waiting": n},
    ),
)


def measure(run: Run, curve: Curve) -> Points:
    """The points of a curve in turns, each a process of its own."""
    points = ends_and_middle(curve.points) if run.quick else curve.points
    seconds = QUICK_SECONDS if run.quick else SECONDS
    inner = Run(lambda words: run.say(f"{curve.name}: {words}"), run.quick)
    if curve.sizes:
        commands: dict[str, Command] = {curve.name: partial(_command, curve, 0)}
        times = take_turns(inner, commands, points, rounds=run.rounds, seconds=seconds)
        found = times.get(curve.name, {})
    else:
        commands = {str(point): partial(_command, curve, point) for point in points}
        times = take_turns(inner, commands, (SIZE,), rounds=run.rounds, seconds=seconds)
        found = {point: sizes[str(SIZE)] for point, sizes in times.items()}
    run.missing |= {f"{curve.name}: {point}": why for point, why in inner.missing.items()}
    return found


def _command(curve: Curve, point: int) -> list[str]:
    return python("growth_host", guest(curve.guest), json.dumps(curve.way(point)))


def ends_and_middle(points: tuple[int, ...]) -> tuple[int, ...]:
    """Three points, for a quick run; the largest of all would take too long to make."""
    last = min(points[-1], 100_000) if points[-1] == 1_000_000 else points[-1]
    return points[0], points[len(points) // 2], last
