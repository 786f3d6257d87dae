"""Half an hour at half of the maximum, with everything that goes wrong in between."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from statistics import linear_regression, median
from typing import Any

from matplotlib.figure import Figure
from measure import markdown, soaking
from measure.figures import Verdict
from measure.part import Data
from measure.plots import Plots, name_all
from measure.run import Run

NAME = "soak"
TITLE = "Soak"

SECONDS, QUICK_SECONDS = 1_800.0, 30.0
FINDING, QUICK_FINDING = 60.0, 20.0
WARM_UP = 0.25
"""The part of the time at the beginning that is not judged."""
FLAT = 1.25
"""Factor by which a latency, p50 or p99, may be higher in the last quarter than in the second."""
JUDGED = ("p50", "p99")
MB = 1e6
HEADROOM = 1.2
"""Of a plot, above its highest line."""

METHOD = """\
`wasi-messaging run` on the embedded broker with 64 instances of `guests/outcome/guest.c`. Of
200 messages 190 are handled and sent on, 6 fail and 2 trap at the first attempt, 1 fails and 1
traps at every one of its three and is a dead letter then; after each trap an instance is replaced.
First the maximum is found with {window:,} messages outstanding, with server and load on the same
machine; then messages come at half of that rate whatever the host does (open loop, bursts every
5 ms).
Every five seconds: the host's resident memory, the latency of good messages from when they were
due until what the guest sent was stored, and what waits in the broker. At the end everything
must have come out, or be a dead letter. The embedded server is nobody's child, so what it takes of
the machine counts as taken by others.

Growth is that of a straight line through the samples after the first quarter, over all that time;
the latency of the last quarter is compared with that of the second, the medians of the samples of
each. That a latency is flat which grows by no more than {flat:g} times is our tolerance: nothing
else says how much of it is the machine's."""


def measure(run: Run) -> Data:
    """Once; ``--seconds`` says for how long."""
    seconds = run.seconds or (QUICK_SECONDS if run.quick else SECONDS)
    finding = QUICK_FINDING if run.quick else FINDING
    found: Data = {}
    run.attempt(
        "soak", lambda: found.update(soaking.soak(run.say, seconds=seconds, finding=finding))
    )
    return found


def page(data: Data, plots: Plots) -> str:
    """The outcome of all messages, and memory, latency and backlog over time."""
    method = METHOD.format(window=soaking.WINDOW, flat=FLAT)
    if not data:
        return method
    end, host = data["end"], data["host"]
    minutes = data["samples"][-1]["at"] / 60
    told = ", ".join(
        f"{host[what]:,} {what.replace('dead l', 'dead-l')}" for what in soaking.COUNTS
    )
    words = (
        f"The maximum was {data['maximum']:,.0f} messages/s. In {minutes:.1f} minutes at "
        f"{data['rate']:,.0f}/s, and before, {end['published']:,} messages were published: "
        f"{end['handled']:,} came out, {end['dead']:,} were dead letters, {end['lost']:,} were "
        f"lost, and {end['repeated']:,} came once more. The host counted {told}."
    )
    alt = "Resident memory, latency and backlog of a host over time"
    plot = plots.draw(NAME, alt, partial(_paint, data), height=5.5)
    rows = [
        ["resident memory", f"{_resident(data)[0]:.1f} MB", f"{_resident(data)[-1]:.1f} MB"],
        *(
            [f"latency, {kind}", *(f"{time * 1e3:.2f} ms" for time in _quarters(data, kind))]
            for kind in JUDGED
        ),
    ]
    table = markdown.table(("", "in the second quarter", "in the last"), rows)
    return "\n\n".join((method, words, table, plot))


def _judged(data: Data) -> list[dict[str, Any]]:
    samples: list[dict[str, Any]] = data["samples"]
    return samples[int(len(samples) * WARM_UP) :]


def _third(samples: list[dict[str, Any]], kind: str, *, last: bool) -> float:
    """The median of the first or last third of what is judged: of a quarter of the time."""
    count = max(1, len(samples) // 3)
    part = samples[-count:] if last else samples[:count]
    return float(median(one[kind] for one in part if kind in one))


def _quarters(data: Data, kind: str) -> tuple[float, float]:
    samples = _judged(data)
    return _third(samples, kind, last=False), _third(samples, kind, last=True)


def _resident(data: Data) -> list[float]:
    return [size / MB for size in _quarters(data, "resident")]


def _growth(data: Data) -> float:
    """Percent by which the memory grew after the warm-up."""
    samples = _judged(data)
    times = [float(one["at"]) for one in samples]
    slope, begin = linear_regression(times, [float(one["resident"]) for one in samples])
    return slope * (times[-1] - times[0]) / (begin + slope * times[0]) * 100


def _paint(data: Data, figure: Figure) -> None:
    samples = data["samples"]
    minutes = [one["at"] / 60 for one in samples]
    memory, latency, backlog = figure.subplots(3, sharex=True)
    memory.plot(minutes, [one["resident"] / MB for one in samples])
    memory.set_ylabel("MB resident")
    for kind in ("p99", "p50"):
        seen = [one.get(kind, float("nan")) * 1e3 for one in samples]
        latency.plot(minutes, seen, label=kind)
    latency.set_ylabel("ms")
    for kind in ("waiting", "unsettled"):
        backlog.plot(minutes, [one[kind] for one in samples], label=kind)
    backlog.set_ylabel("messages")
    backlog.set_xlabel("minutes")
    latency.set_yscale("log")
    for axes in (memory, backlog):
        axes.set_ylim(0, axes.get_ylim()[1] * HEADROOM)
    name_all(latency, latency.lines)
    name_all(backlog, backlog.lines)


def figures(data: Data) -> Sequence[Verdict]:
    """Memory and latency flat, nothing lost."""
    lost = growth = None
    later: dict[str, float] = {}
    if data:
        lost, growth = float(data["end"]["lost"]), _growth(data)
        for kind in JUDGED:
            before, after = _quarters(data, kind)
            later[kind] = after / before
    return (
        Verdict("soak: lost", "at most", 0, "messages", lost),
        Verdict("soak: growth of memory after warm-up", "at most", 2, "%", growth),
        *(
            Verdict(
                f"soak: latency at the end against after warm-up, {kind}",
                *("at most", FLAT, "times"),
                later.get(kind),
            )
            for kind in JUDGED
        ),
    )
