"""What the difference between a promise's contestants is made of: stations, in words."""

from __future__ import annotations

from collections.abc import Mapping

from .markdown import number
from .ours import C
from .profile import Cost, Profile
from .promises import ECHO, MEMORY, PROMISES, Promise

SURE = 2.0
"""Standard deviations that a difference has to have to be named."""

LEAST = 0.05
"""Microseconds that are named."""

Key = tuple[str, str, str]
"""Broker, load, contestant."""
Profiles = Mapping[Key, Profile]


def explain(profiles: Profiles) -> list[str]:
    """A paragraph for each promise whose contestants were measured; it judges none."""
    found = [_against(profiles, promise) for promise in PROMISES]
    alone = profiles.get((MEMORY, ECHO, C))
    if alone is not None:
        found.append(_in_memory(alone))
    return [words for words in found if words]


def _against(profiles: Profiles, promise: Promise) -> str:
    broker, load = promise.broker, promise.load
    ours, peer = (profiles.get((broker, load, who)) for who in (promise.ours, promise.peers))
    if ours is None or peer is None or not (ours.total and peer.total):
        return ""
    head = f"* **{broker}, {load}, {promise.ours} beside {promise.peers}**:"
    return " ".join([head, _processes(ours, peer), *_made_of_difference(ours, peer)])


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


def _in_memory(alone: Profile) -> str:
    head = f"* **{MEMORY}, {ECHO}, {C}**:"
    words = f"One process does everything; a message takes {number(alone.total)} µs of it."
    return f"{head} {words} {_made_of(alone)}".strip()


def _made_of(profile: Profile) -> str:
    costs = {name: cost.value for name, cost in profile.costs.items() if cost.value >= LEAST}
    return f"{_named(costs, 'By the samples:', sign='-').removesuffix(';')}." if costs else ""


def _named(costs: Mapping[str, float], beginning: str, sign: str = "+") -> str:
    ordered = sorted(costs.items(), key=lambda item: -abs(item[1]))
    named = ", ".join(f"{station} ({value:{sign}.1f})" for station, value in ordered)
    return f"{beginning} {named or 'nothing'};"
