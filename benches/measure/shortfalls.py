"""Why a promised rate is not reached: the stations that the difference is made of, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .markdown import number
from .ours import PYTHON, QUICKJS, C
from .profile import Cost, Profile

CORE, JETSTREAM, MEMORY = "core NATS", "JetStream", "memory"
ECHO, TRANSFORM = "echo 256 B", "JSON transform 1 KiB"
BY_HAND, FASTSTREAM = "asyncio", "FastStream"
SURE = 2.0
"""Standard deviations that a difference has to have to be named."""

LEAST = 0.05
"""Microseconds that are named."""

Key = tuple[str, str, str]
"""Broker, load, contestant."""
Profiles = Mapping[Key, Profile]


@dataclass(frozen=True, slots=True)
class Promise:
    """A rate that is promised against somebody else's; decided in the part ``throughput``."""

    broker: str
    load: str
    ours: str
    peer: str
    target: float

    @property
    def name(self) -> str:
        """What is compared."""
        return f"{self.broker}, {self.load}, {self.ours} against {self.peer}"


PROMISES = (
    Promise(JETSTREAM, ECHO, C, BY_HAND, 0.85),
    Promise(CORE, ECHO, C, BY_HAND, 0.5),
    Promise(CORE, ECHO, QUICKJS, BY_HAND, 0.2),
    Promise(CORE, ECHO, PYTHON, BY_HAND, 0.13),
    Promise(CORE, ECHO, C, FASTSTREAM, 6),
    Promise(CORE, ECHO, PYTHON, FASTSTREAM, 1.8),
    Promise(CORE, TRANSFORM, PYTHON, FASTSTREAM, 1),
)
MEMORY_RATE = 110_000.0
"""Messages a second of the C guest on the memory broker."""


def explain(profiles: Profiles) -> list[str]:
    """A paragraph for each promise whose contestants were measured."""
    found = [_against(profiles, promise) for promise in PROMISES]
    alone = profiles.get((MEMORY, ECHO, C))
    if alone is not None:
        found.append(_memory_rate(alone))
    return [words for words in found if words]


def _against(profiles: Profiles, promise: Promise) -> str:
    ours = profiles.get((promise.broker, promise.load, promise.ours))
    peer = profiles.get((promise.broker, promise.load, promise.peer))
    if ours is None or peer is None or not peer.rate:
        return ""
    times = ours.rate / peer.rate
    head = _head(promise.name, f"{number(times)} times", f"{promise.target:g}")
    if times >= promise.target:
        return f"{head}: reached in these rounds."
    return " ".join([f"{head}.", _processes(ours, peer), *_made_of_difference(ours, peer)])


def _processes(ours: Profile, peer: Profile) -> str:
    """What host, broker and generator take, and whether the host is what everything waits for."""
    parts = [f"A message takes {number(ours.total)} µs of the host ({number(peer.total)} there)"]
    for name, whose in (("cpu_broker", "the broker"), ("cpu_generator", "the generator")):
        here, there = ours.median(name), peer.median(name)
        if here is not None and there is not None:
            parts.append(f"{number(here)} µs of {whose} ({number(there)})")
    return f"{', '.join(parts)}; the host computes {ours.busy:.0%} of the time ({peer.busy:.0%})."


def _made_of_difference(ours: Profile, peer: Profile) -> list[str]:
    here, there = ours.costs, peer.costs
    if not here or not there:
        return []
    if ours.total <= peer.total:
        return [_made_of(ours)]
    nothing = Cost(0.0)
    more: dict[str, float] = {}
    less: dict[str, float] = {}
    rest = 0.0
    for station in dict.fromkeys([*here, *there]):
        one, other = here.get(station, nothing), there.get(station, nothing)
        difference = one.value - other.value
        if abs(difference) <= SURE * (one.error**2 + other.error**2) ** 0.5:
            rest += difference
        else:
            (more if difference > 0 else less)[station] = difference
    words = [f"Of the host's {ours.total - peer.total:+.1f} µs:", _named(more, "more is taken by")]
    if less:
        words.append(_named(less, "less by"))
    words.append(f"what else differs ({rest:+.1f}) is within the error of the samples.")
    return [" ".join(words)]


def _memory_rate(alone: Profile) -> str:
    head = _head(
        f"{MEMORY}, {ECHO}, {C}", f"{number(alone.rate)} messages/s", f"{MEMORY_RATE:,.0f}"
    )
    if alone.rate >= MEMORY_RATE:
        return f"{head}: reached in these rounds."
    words = (
        f"{head}. One process does everything: a message takes {number(alone.total)} µs of it, "
        f"that rate leaves {number(1e6 / MEMORY_RATE)} µs."
    )
    return f"{words} {_made_of(alone)}".strip()


def _made_of(profile: Profile) -> str:
    costs = {name: cost.value for name, cost in profile.costs.items() if cost.value >= LEAST}
    return f"{_named(costs, 'By the samples:', sign='-').removesuffix(';')}." if costs else ""


def _head(name: str, value: str, target: str) -> str:
    return f"* **{name}**: {value}, promised {target}"


def _named(costs: Mapping[str, float], beginning: str, sign: str = "+") -> str:
    ordered = sorted(costs.items(), key=lambda item: -abs(item[1]))
    named = ", ".join(f"{station} ({value:{sign}.1f})" for station, value in ordered)
    return f"{beginning} {named or 'nothing'};"
