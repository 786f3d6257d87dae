"""How long a message takes there and back at fixed rates."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from statistics import median
from typing import Any

from contests import all_contests
from matplotlib.figure import Figure as Drawing
from measure import markdown
from measure.contest import UVLOOP
from measure.figures import Verdict, absence, paired
from measure.latencies import (
    FEWEST,
    LATE,
    Turn,
    each_round,
    held,
    is_told,
    is_told_each_round,
    lost,
    pooled,
    quantile,
)
from measure.loads import ECHO, Load
from measure.ours import PYTHON, C
from measure.part import Data
from measure.plots import Line, Plots, draw_lines
from measure.run import ROUNDS, Run
from measure.samples import Samples
from measure.stage import play

NAME = "latency"
TITLE = "Latency at fixed rates"

BROKERS = ("core NATS", "JetStream")
BY_HAND = ("asyncio", f"asyncio{UVLOOP}")
CONTESTANTS = (*BY_HAND, "FastStream", C, PYTHON)
SECONDS = {100: 4.5, 1_000: 3.0, 10_000: 2.0}
"""Messages a second → how long in each round."""
QUICK = {1_000: 0.7}
JUDGED = 1_000
QUANTILES = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p99.9": 0.999}
DRAWN = {"p50": 2, "p90": 10, "p99": 100, "p99.9": 1000}
"""Quantile → one message in how many is slower."""
TOO_FEW = "too few"
UNSEEN = 100
"""The rate at which p99.9 would need rounds of twenty seconds."""

METHOD = f"""\
An open loop: *echo* of 256 B, a plain copy as under throughput, sent by the clock whatever comes
back. A latency is the time from when a message should have left, not from when it did, to the
arrival of its copy; so a stall counts for every message that had to wait for it, and not just once.
The generator and the server take their share: what a contestant adds is the difference to another.

In the tables, quantiles are those of all rounds together, with half of the range of the rounds'
own. With fewer than {FEWEST} messages beyond a quantile there are *{TOO_FEW}* to say it; where only
all rounds together have as many, it is without that range, and nothing is judged by it. p99.9 is
not measured at {UNSEEN}/s: {ROUNDS} rounds of {SECONDS[UNSEEN]:g} s have
{ROUNDS * SECONDS[UNSEEN] * UNSEEN:,.0f} messages, two of them beyond it. *Not held*: in a round
half a second's worth of messages was outstanding, something was lost, or the last came back more
than {LATE:g} s late; the latency would be that of a queue.

What is promised is judged round by round: our quantile less that of the program by hand in the same
round; the median of the rounds, with their range. The program by hand is the one of
{" and ".join(f"*{name}*" for name in BY_HAND)} whose
quantile is the lower one, by its median; beside the value is which. One that did not hold the rate
is not compared with; where ours did not, it has not reached what is promised."""


def measure(run: Run) -> Data:
    """Every rate on the brokers that have a server and all contestants."""
    seconds = QUICK if run.quick else SECONDS
    loads = {
        str(rate): Load(ECHO, 256, in_flight=1, seconds=some, rate=rate)
        for rate, some in seconds.items()
    }
    found: dict[str, Any] = {}
    for name in BROKERS:
        contest = all_contests()[name]
        contestants = {
            who: contestant
            for who, contestant in contest.contestants().items()
            if who in CONTESTANTS
        }
        rows = found[name] = {rate: {} for rate in loads}

        def record(
            rate: str, who: str, answer: dict[str, Any], rows: dict[str, Any] = rows
        ) -> None:
            kept = ("sent", "lost", "duplicates", "gave_up", "late", "latencies")
            rows[rate].setdefault(who, []).append({key: answer[key] for key in kept})

        play(run, contest, contestants, loads, record)
    return {"brokers": found}


def page(data: Data, plots: Plots) -> str:
    """The method, a table for each broker, the distribution at one rate."""
    parts = [METHOD, _plot(data, plots)]
    for name, rates in data["brokers"].items():
        heads = ("", *(f"{quantile}, µs" for quantile in QUANTILES), "lost")
        rows = [
            [f"{int(rate):,}/s, {who}", *_cells(rounds)]
            for rate, contestants in rates.items()
            for who, rounds in contestants.items()
        ]
        parts += [f"### {name}", markdown.table(heads, rows)]
    return "\n\n".join(parts)


def _cells(rounds: Sequence[Turn]) -> list[str]:
    missing = f"{lost(rounds):,}"
    if not held(rounds):
        return ["not held", *[""] * (len(QUANTILES) - 1), missing]
    return [*(_quantile_cell(rounds, share) for share in QUANTILES.values()), missing]


def _quantile_cell(rounds: Sequence[Turn], share: float) -> str:
    together = pooled(rounds)
    if not is_told(together, share):
        return TOO_FEW
    middle = markdown.number(quantile(together, share))
    if not is_told_each_round(rounds, share):
        return middle
    each = Samples(each_round(rounds, share))
    return f"{middle} ± {markdown.number((each.high - each.low) / 2)}"


def _line(rounds: Sequence[Turn]) -> Line:
    """The quantiles that can be told; with a range where every round can tell it."""
    line = []
    for key, part in DRAWN.items():
        share = QUANTILES[key]
        if is_told_each_round(rounds, share):
            line.append((float(part), Samples(each_round(rounds, share))))
        elif is_told(pooled(rounds), share):
            line.append((float(part), Samples([quantile(pooled(rounds), share)])))
    return line


def _plot(data: Data, plots: Plots) -> str:
    brokers = data["brokers"]

    def paint(drawing: Drawing) -> None:
        every = drawing.subplots(1, len(brokers), squeeze=False, sharey=True)
        for axes, (name, rates) in zip(every[0], brokers.items(), strict=True):
            lines = {
                who: _line(rounds)
                for who, rounds in rates.get(str(JUDGED), {}).items()
                if held(rounds)
            }
            draw_lines(axes, lines, x=f"{name}: one message in … is slower", y="µs")

    words = f"Latency of each contestant at {JUDGED:,} messages a second, by quantile"
    return plots.draw(NAME, words, paint, height=3.5)


def figures(data: Data) -> list[Verdict]:
    """What our host adds to the better program written by hand."""
    return [
        _verdict(data["brokers"].get(broker, {}).get(str(JUDGED), {}), broker, key, target)
        for broker in BROKERS
        for key, target in (("p50", 50), ("p99", 150))
    ]


def _verdict(contestants: dict[str, list[Turn]], broker: str, key: str, target: float) -> Verdict:
    share = QUANTILES[key]
    by_hand = {who: contestants[who] for who in BY_HAND if who in contestants}
    fair = {who: rounds for who, rounds in by_hand.items() if not _failure(contestants, who)}
    failure = _failure(contestants, C)
    added, remark = None, ""
    if by_hand and not fair:
        remark = "no program by hand held the rate"
    elif fair and not failure:
        if all(is_told_each_round(rounds, share) for rounds in (contestants[C], *fair.values())):
            added, remark = _added(contestants[C], fair, share)
        else:
            remark = f"{TOO_FEW} messages"
    return Verdict.of_rounds(
        f"latency added at {JUDGED:,}/s on {broker}, {C}, {key}",
        *("at most", target, "µs", added, remark),
        failure=failure and f"ours {failure}",
    )


def _failure(contestants: dict[str, list[Turn]], who: str) -> str:
    """Why no latency of a contestant counts, in words; none if they do."""
    rounds = contestants.get(who, [])
    if missing := lost(rounds):
        return f"lost {missing:,}"
    if not held(rounds):
        return "did not hold the rate"
    return absence(len(rounds), max(map(len, contestants.values()), default=0))


def _added(
    ours: list[Turn], by_hand: dict[str, list[Turn]], share: float
) -> tuple[list[float], str]:
    """What ours adds to the best program by hand in each round, and which it is."""
    theirs = {who: each_round(rounds, share) for who, rounds in by_hand.items()}
    best = min(theirs, key=lambda who: median(theirs[who]))
    return paired(operator.sub, each_round(ours, share), theirs[best]), f"against {best}"
