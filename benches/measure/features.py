"""What each feature of delivery costs: our host with it and without, in turns."""

from __future__ import annotations

import json
import statistics
from dataclasses import dataclass
from functools import partial
from typing import Any

from . import engines
from .child import python
from .places import guest
from .results import Results

SIZE = 256
KEYS = 64
PATTERNS = 100

PLAIN = "plain"
NO_ADMISSION = "plain, without admission"
FEW = "plain, 20 in flight"
ONE = "plain, one instance"
TOPICS = f"plain, {KEYS} topics"
KEYED = f"plain, {KEYS} keys"
UNCHECKED = "4 pairs, unchecked"
SAME, DIFFERENT = "1 pattern, same topic", "1 pattern, different topics"

Way = dict[str, Any]

BY_TOPIC: Way = {"order": "topic"}
ALLOWED = [f"area-{number}.*.alerts" for number in range(PATTERNS - 1)] + ["out.*"]
"""Patterns of one form, as of a component with many rights; the one that matches comes last."""

WAYS: dict[str, Way] = {
    NO_ADMISSION: {"without": ["admission"]},
    PLAIN: {},
    "bytes bounded to 128 messages": {"host": {"max_bytes_in_flight": "384KiB"}, "pauses": True},
    "sends on success": {"component": {"sends": "on-success"}},
    "dead letters": {"subscription": {"dead_letter": {"topic": "dead-letter.bench"}}},
    "retry": {"subscription": {"retry": {"attempts": 5, "initial": "1s"}}},
    "order by topic, one topic": {"subscription": BY_TOPIC},
    ONE: {"component": {"instances": 1}},
    TOPICS: {"topics": KEYS},
    f"order by topic, {KEYS} topics": {"topics": KEYS, "subscription": BY_TOPIC},
    KEYED: {"pairs": 1, "values": KEYS},
    f"order by metadata, {KEYS} keys": {
        "pairs": 1,
        "values": KEYS,
        "subscription": {"order": "metadata:key"},
    },
    FEW: {"subscription": {"max_in_flight": 20}},
    "bytes bounded to 21 messages": {"host": {"max_bytes_in_flight": "64KiB"}, "pauses": True},
    UNCHECKED: {"pairs": 4, "without": ["limits"]},
    "4 pairs": {"pairs": 4},
    SAME: {"names": "same", "send": ["out.*"]},
    f"{PATTERNS} patterns, same topic": {"names": "same", "send": ALLOWED},
    DIFFERENT: {"names": "different", "send": ["out.*"]},
    f"{PATTERNS} patterns, different topics": {"names": "different", "send": ALLOWED},
}
"""Contestants, each near the one it is compared with, so that both find the machine alike."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A contestant beside the one that lacks nothing but the feature.

    Attributes:
        feature: what is paid for.
        way: the contestant that has it.
        base: the one that has not.
        target: the part of the throughput it may take; ``None``: only to explain another one.
    """

    feature: str
    way: str
    base: str
    target: float | None = 0.1


COMPARISONS = (
    Comparison("admission, always on", PLAIN, NO_ADMISSION),
    Comparison("byte cap reached: 128 messages, not 256", "bytes bounded to 128 messages", PLAIN),
    Comparison("byte cap of 64 KiB: 21 messages", "bytes bounded to 21 messages", FEW),
    Comparison(f'`order = "topic"`, {KEYS} topics', f"order by topic, {KEYS} topics", TOPICS, 0.2),
    Comparison('`order = "topic"`, one topic', "order by topic, one topic", PLAIN, 0.2),
    Comparison("… against one instance", "order by topic, one topic", ONE, None),
    Comparison(
        f'`order = "metadata:key"`, {KEYS} keys', f"order by metadata, {KEYS} keys", KEYED, 0.2
    ),
    Comparison('`sends = "on-success"`', "sends on success", PLAIN, 0.2),
    Comparison("`dead_letter`, unused", "dead letters", PLAIN),
    Comparison("`retry`, unused", "retry", PLAIN),
    Comparison(f"{PATTERNS} patterns, same topic", f"{PATTERNS} patterns, same topic", SAME),
    Comparison(
        f"{PATTERNS} patterns, topic always new",
        f"{PATTERNS} patterns, different topics",
        DIFFERENT,
    ),
    Comparison("limits of metadata, 4 pairs", "4 pairs", UNCHECKED),
)


@dataclass(frozen=True, slots=True)
class Cost:
    """What a feature costs in one run.

    Attributes:
        comparison: the feature.
        share: of the throughput that it takes; median of the rounds.
        spread: half of the distance between its quartiles.
        seconds: a message more; median of the rounds.
    """

    comparison: Comparison
    share: float
    spread: float
    seconds: float

    @property
    def words(self) -> str:
        """Whether the target is reached."""
        target = self.comparison.target
        if target is None:
            return ""
        return "reached" if self.share <= target else "not reached"

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "feature": self.comparison.feature,
            "with": self.comparison.way,
            "without": self.comparison.base,
            "target": self.comparison.target,
            "share_of_throughput": self.share,
            "spread": self.spread,
            "seconds_a_message": self.seconds,
            "verdict": self.words,
        }


def measure(results: Results, *, rounds: int, seconds: float, clock: str) -> None:
    """Let all ways take turns."""
    commands: dict[str, engines.Command] = {
        name: partial(_command, way) for name, way in WAYS.items()
    }
    engines.measure(
        *(results, "features", commands, (SIZE,)), rounds=rounds, seconds=seconds, clock=clock
    )


def _command(way: Way) -> list[str]:
    component = "attempt/c" if "names" in way else "bench/c"
    return python("delivery_host", guest(component), json.dumps(way))


def costs(results: Results) -> list[Cost]:
    """What was measured, compared round by round: both sides found the machine alike."""
    return [
        _cost(results, comparison)
        for comparison in COMPARISONS
        if not {comparison.way, comparison.base} & results.missing.keys()
        and {comparison.way, comparison.base} <= results.engines.keys()
    ]


def _cost(results: Results, comparison: Comparison) -> Cost:
    way = results.engine(comparison.way, SIZE).values
    base = results.engine(comparison.base, SIZE).values
    shares = [1 - without / with_it for with_it, without in zip(way, base, strict=True)]
    more = [with_it - without for with_it, without in zip(way, base, strict=True)]
    low, middle, high = statistics.quantiles(shares, n=4, method="inclusive")
    return Cost(
        comparison,
        share=middle,
        spread=(high - low) / 2,
        seconds=statistics.median(more),
    )
