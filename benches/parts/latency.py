"""How long a message takes there and back at fixed rates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from contests import all_contests
from matplotlib.figure import Figure as Drawing
from measure import markdown
from measure.echoes import MADE_BY, caution
from measure.figures import Verdict, measured
from measure.loads import ECHO, Load
from measure.ours import PYTHON, C
from measure.part import Data
from measure.plots import Plots, draw_lines
from measure.run import Run
from measure.samples import Samples
from measure.stage import play

NAME = "latency"
TITLE = "Latency at fixed rates"

BROKERS = ("core NATS", "JetStream")
PLAIN = "asyncio"
CONTESTANTS = (PLAIN, "FastStream", C, PYTHON)
SECONDS = {100: 4.5, 1_000: 3.0, 10_000: 2.0}
"""Messages a second → how long in each round."""
QUICK = {1_000: 0.7}
JUDGED = 1_000
QUANTILES = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p99.9": 0.999}
DRAWN = {"p50": 2, "p90": 10, "p99": 100, "p99.9": 1000}
"""Quantile → one message in how many is slower."""
LATE = 0.1
"""Seconds after the last message in which everything has to be back, or the rate was not held."""
FEWEST = 10
"""Messages beyond a quantile, or it means nothing."""

METHOD = """\
An open loop: *echo* of 256 B, a plain copy as under throughput, sent by the clock whatever comes
back. A latency is the time from when a message should have left, not from when it did, to the
arrival of its copy; so a stall counts for every message that had to wait for it, and not just once.
The generator and the server take their share: what a contestant adds is the difference to another.
Quantiles are those of all rounds together, with half of the range of the rounds' own. A quantile
with fewer than ten messages beyond it is left out. *Not held*: in more than half of the rounds half
a second's worth of messages was outstanding, or the last came back more than a tenth of a second
late; its latency would be that of a queue."""


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
    return {"brokers": found, **MADE_BY}


def page(data: Data, plots: Plots) -> str:
    """The method, a table for each broker, the distribution at one rate."""
    parts = [METHOD, *caution(data), _plot(data, plots)]
    for name, rates in data["brokers"].items():
        heads = ("", *(f"{quantile}, µs" for quantile in QUANTILES), "lost")
        rows = [
            [f"{int(rate):,}/s, {who}", *_cells(rounds)]
            for rate, contestants in rates.items()
            for who, rounds in contestants.items()
        ]
        parts += [f"### {name}", markdown.table(heads, rows)]
    return "\n\n".join(parts)


def _cells(rounds: Sequence[dict[str, Any]]) -> list[str]:
    lost = f"{sum(turn['lost'] for turn in rounds):,}"
    if not _held(rounds):
        return ["not held", *[""] * (len(QUANTILES) - 1), lost]
    return [*(_quantile_cell(rounds, share) for share in QUANTILES.values()), lost]


def _quantile_cell(rounds: Sequence[dict[str, Any]], share: float) -> str:
    pooled = _pooled(rounds)
    if pooled.total() * (1 - share) < FEWEST:
        return ""
    value = quantile(pooled, share)
    each = Samples([quantile(_pooled([turn]), share) for turn in rounds])
    return f"{markdown.number(value)} ± {markdown.number((each.high - each.low) / 2)}"


def _held(rounds: Sequence[dict[str, Any]]) -> bool:
    bad = sum(bool(turn["gave_up"] or turn["late"] > LATE) for turn in rounds)
    return 2 * bad <= len(rounds)


def _pooled(rounds: Sequence[dict[str, Any]]) -> Counter[int]:
    """Microseconds → how many messages took so long."""
    counts: Counter[int] = Counter()
    for turn in rounds:
        for microseconds, count in turn["latencies"]:
            counts[microseconds] += count
    return counts


def quantile(counts: Counter[int], share: float) -> float:
    """The microseconds that this share of the messages did not exceed.

    Raises:
        LookupError: there were no messages.
    """
    if not counts:
        raise LookupError("no messages")
    left = share * counts.total()
    for microseconds in sorted(counts):
        left -= counts[microseconds]
        if left <= 0:
            break
    return float(microseconds)


def _plot(data: Data, plots: Plots) -> str:
    brokers = data["brokers"]

    def paint(drawing: Drawing) -> None:
        every = drawing.subplots(1, len(brokers), squeeze=False, sharey=True)
        for axes, (name, rates) in zip(every[0], brokers.items(), strict=True):
            lines = {
                who: [
                    (part, Samples([quantile(_pooled([turn]), QUANTILES[key]) for turn in rounds]))
                    for key, part in DRAWN.items()
                ]
                for who, rounds in rates.get(str(JUDGED), {}).items()
                if _held(rounds)
            }
            draw_lines(axes, lines, x=f"{name}: one message in … is slower", y="µs")

    words = f"Latency of each contestant at {JUDGED:,} messages a second, by quantile"
    return plots.draw(NAME, words, paint, height=3.5)


def figures(data: Data) -> list[Verdict]:
    """What our host adds to a program written by hand."""

    def added(broker: str, key: str) -> float:
        contestants = data["brokers"][broker][str(JUDGED)]
        ours, plain = (quantile(_pooled(contestants[who]), QUANTILES[key]) for who in (C, PLAIN))
        return ours - plain

    return [
        Verdict(
            f"latency added at {JUDGED:,}/s on {broker}, {C}, {key}",
            *("at most", target, "µs"),
            measured(lambda broker=broker, key=key: added(broker, key)),  # type: ignore[misc]
        )
        for broker in BROKERS
        for key, target in (("p50", 50), ("p99", 150))
    ]
