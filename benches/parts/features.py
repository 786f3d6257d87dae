"""What each feature of delivery costs: our host with it and without, in turns."""

from __future__ import annotations

import json
import statistics
from dataclasses import dataclass
from functools import partial
from typing import Any

from measure import markdown
from measure.child import python
from measure.figures import MARKS, Verdict, measured
from measure.part import Data
from measure.places import guest
from measure.plots import Plots
from measure.run import Run
from measure.samples import Samples
from measure.turns import Command, take_turns

NAME = "features"
TITLE = "What features of delivery cost"

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
"""What ``delivery_host`` is told."""

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
        target: the share of the throughput it may take; ``None``: only to explain another one.
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


METHOD = """\
A closed loop on the memory broker in the process of the host, 64 instances, 256 B, 256 messages
in flight: a subscriber of the guest's output publishes the next input, so a message costs two
publishes and two deliveries of the broker besides the handling. Each [feature](delivery.md) is
compared with a host that lacks nothing but the feature: messages with a key for the order by
key, as many topics for the order by topic. They are compared round by round, so that both sides
found the machine alike: the median of the rounds, with half of the distance between their
quartiles. What is promised is the share of the throughput; beside it, the same by processor
time, which others on the machine change less.

Admission and the limits of metadata cannot be turned off: the counterpart has them replaced by
functions that do nothing. *Byte cap reached* means that fetching really stops and goes on, which
is checked. With one topic everything is one lane, one message after another. Permissions are
measured with `guests/attempt`, which sends to the topic that the body (12 B) names and connects
each time; 99 of the patterns have the same form and do not match, the hundredth does."""


def measure(run: Run) -> Data:
    """Let all ways take turns."""
    commands: dict[str, Command] = {name: partial(_command, way) for name, way in WAYS.items()}
    rounds, seconds = (5, 0.15) if run.quick else (11, 0.6)
    times = take_turns(run, commands, (SIZE,), rounds=rounds, seconds=seconds)
    return {"seconds_a_message": {name: sizes[str(SIZE)] for name, sizes in times.items()}}


def _command(way: Way) -> list[str]:
    component = "attempt/c" if "names" in way else "bench/c"
    return python("delivery_host", guest(component), json.dumps(way))


@dataclass(frozen=True, slots=True)
class Cost:
    """What a feature costs by one clock, compared round by round.

    Attributes:
        shares: of the throughput that it takes.
        seconds: a message more.
    """

    shares: list[float]
    seconds: list[float]

    @property
    def text(self) -> str:
        """The share, with half of the distance between the quartiles."""
        low, middle, high = statistics.quantiles(self.shares, n=4, method="inclusive")
        return f"{middle:.1%} ± {(high - low) / 2 * 100:.1f}"


def _cost(data: Data, comparison: Comparison, clock: str = "wall") -> Cost:
    """What a feature costs; ``KeyError`` if one of the two was not measured."""
    times = data["seconds_a_message"]
    pairs = list(zip(times[comparison.way][clock], times[comparison.base][clock], strict=True))
    return Cost(
        shares=[1 - without / with_it for with_it, without in pairs],
        seconds=[with_it - without for with_it, without in pairs],
    )


def page(data: Data, plots: Plots) -> str:
    """The method and a row for each feature."""
    heads = ("feature", "of the throughput", "at most", "", "µs a message", "of processor time")
    rows = [_row(data, comparison) for comparison in _compared(data)]
    blocks = [METHOD, markdown.table(heads, rows)]
    if PLAIN in data["seconds_a_message"]:
        plain = Samples(data["seconds_a_message"][PLAIN]["wall"]).median
        blocks.insert(1, f"Plain: {1 / plain:,.0f} messages/s, {plain * 1e6:.2f} µs each.")
    return "\n\n".join(blocks)


def _compared(data: Data) -> list[Comparison]:
    """The comparisons of which both sides were measured."""
    have = data["seconds_a_message"].keys()
    return [each for each in COMPARISONS if {each.way, each.base} <= have]


def _row(data: Data, comparison: Comparison) -> list[str]:
    cost, target = _cost(data, comparison), comparison.target
    return [
        comparison.feature,
        cost.text,
        "" if target is None else f"{target:.0%}",
        "" if target is None else MARKS[_verdict(data, comparison, target).word],
        f"{statistics.median(cost.seconds) * 1e6:.2f}",
        _cost(data, comparison, "cpu").text,
    ]


def figures(data: Data) -> list[Verdict]:
    """A tenth of the throughput at most, a fifth for order and for sends on success."""
    return [
        _verdict(data, comparison, comparison.target)
        for comparison in COMPARISONS
        if comparison.target is not None
    ]


def _verdict(data: Data, comparison: Comparison, target: float) -> Verdict:
    shares = measured(lambda: [share * 100 for share in _cost(data, comparison).shares])
    name = f"{comparison.feature}: cost in throughput"
    return Verdict.of_rounds(name, "at most", target * 100, "%", shares)
