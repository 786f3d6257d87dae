"""Two workers against one, and one of them killed."""

from __future__ import annotations

import operator
import os
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from itertools import pairwise
from typing import Any

from matplotlib.figure import Figure
from measure import markdown, sharing
from measure.figures import Verdict, measured, paired
from measure.part import Data
from measure.plots import Plots
from measure.run import Run, in_turn
from measure.samples import Samples

NAME = "workers"
TITLE = "Workers"

ONE, TWO = "1", "2"
MESSAGES, QUICK_MESSAGES = 4_000, 1_500
"""For each worker, in a turn."""
LONG_SHARE = sharing.WORK / sharing.LONG_WORK
"""How many messages of more work take as long."""
KILL_SHARE = 2
"""How much more there is to do where a worker is killed, so that its successor has some of it."""

Speeds = dict[str, list[dict[str, float]]]
"""How many workers → ``sharing.Speed``, once a round."""

METHOD = """\
`wasi-messaging run --workers N` on JetStream, confirmed publishing and acknowledgement, with a
guest that computes (`guests/compute/guest.c`) and sends its result. The messages wait when the
time begins; the first and the last {edges:.0%} do not count. With two workers the server has to
share the two processors of this machine with them. Numbers of workers are compared round by round.

The guest takes {work:g} µs a message, with what the host does, because the engine gives whatever
computes for longer than its slice of a millisecond to a thread, by which one process uses the other
processors without a second worker. The promise is about what is below that; a message of
{long:g} ms is there to compare.

Then one of two workers is killed (`kill -9`) when a third of the messages is handled. What it
held comes to the others when its lease (`ack_wait`, here {lease} s) ends. *Back* is the time until
the supervisor's next worker is attached, its pause of half a second included."""


def measure(run: Run) -> Data:
    """The numbers of workers in turns; then the kill."""
    speeds: Speeds = {ONE: [], TWO: []}
    long_speeds: Speeds = {ONE: [], TWO: []}
    found: Data = {
        "speeds": speeds,
        "long_speeds": long_speeds,
        "rounds_of_the_guest": 0,
        "kill": None,
    }
    run.say("how much the guest has to do")
    run.attempt("workers", lambda: found.update(rounds_of_the_guest=sharing.calibrate()))
    if run.missing:
        return found
    rounds: int = found["rounds_of_the_guest"]
    count = QUICK_MESSAGES if run.quick else MESSAGES
    for turn in range(run.rounds):
        run.say(f"round {turn + 1} of {run.rounds}")
        for workers in in_turn((ONE, TWO), turn, run.rounds):
            run.attempt(
                f"{workers} workers", partial(_take, speeds[workers], workers, count, rounds)
            )
            few, long_rounds = int(count * LONG_SHARE), int(rounds / LONG_SHARE)
            act = partial(_take, long_speeds[workers], workers, few, long_rounds)
            run.attempt(f"{workers} workers, more work", act)
    run.say("one of two is killed")
    work = KILL_SHARE * 2 * count
    run.attempt("kill", lambda: found.update(kill=asdict(sharing.kill_one(work, rounds))))
    return found


def _take(found: list[dict[str, float]], workers: str, count: int, rounds: int) -> None:
    found.append(asdict(sharing.speed(int(workers), count * int(workers), rounds)))


def page(data: Data, plots: Plots) -> str:
    """Rates, and how the work went on after the kill."""
    method = METHOD.format(
        work=sharing.WORK * 1e6,
        long=sharing.LONG_WORK * 1e3,
        edges=sharing.EDGES,
        lease=sharing.LEASE,
    )
    heads = ("a message", "1 worker, messages/s", "2 workers, messages/s", "2 against 1, times")
    works = {sharing.WORK: data["speeds"], sharing.LONG_WORK: data["long_speeds"]}
    blocks = [method, markdown.table(heads, [_row(work, speeds) for work, speeds in works.items()])]
    if all(data["speeds"].values()):
        blocks.append(_ceiling(data["speeds"]))
    if data["kill"] is not None:
        blocks += [_kill(data["kill"]), _plot(data["kill"], plots)]
    return "\n\n".join(blocks)


def _row(work: float, speeds: Speeds) -> list[str]:
    cells = [
        markdown.spread(Samples(_of(speeds[many], "rate"))) if speeds[many] else ""
        for many in (ONE, TWO)
    ]
    ratios = measured(lambda: _ratios(speeds))
    ratio = "" if ratios is None else markdown.spread(Samples(ratios))
    return [f"{work * 1e3:g} ms", *cells, ratio]


def _of(speeds: list[dict[str, float]], what: str) -> list[float]:
    return [speed[what] for speed in speeds]


def _ceiling(speeds: Speeds) -> str:
    """What the machine allows: where the processors are all taken no worker can add anything."""
    workers, server = (Samples(_of(speeds[TWO], what)).median for what in ("workers", "server"))
    processors = os.cpu_count() or 1
    most = processors / (workers + server)
    alone = Samples(_of(speeds[ONE], "rate")).median
    return (
        f"With two workers a message of {sharing.WORK * 1e3:g} ms takes {workers * 1e6:.0f} µs of "
        f"the processors for the workers and {server * 1e6:.0f} µs for the server: all "
        f"{processors} processors of this machine together can do {most:,.0f} of them a second, "
        f"{most / alone:.2f} times what one worker does."
    )


def _kill(kill: dict[str, Any]) -> str:
    return (
        f"Of {kill['messages']:,} messages {kill['lost']:,} were lost and {kill['twice']:,} came "
        f"twice; the next worker was back after {kill['back']:.2f} s."
    )


def _plot(kill: dict[str, Any], plots: Plots) -> str:
    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        steps = list(pairwise(kill["handled"]))
        rates = [(many - few) / (then - now) for (now, few), (then, many) in steps]
        axes.plot([then for _, (then, _) in steps], rates)
        for at, what in ((kill["killed"], "killed"), (kill["killed"] + kill["back"], "back")):
            axes.axvline(at, linestyle="--", linewidth=1)
            axes.annotate(f" {what}", (at, 0), textcoords="offset points", xytext=(2, 4))
        axes.set_ylim(bottom=0)
        axes.set_xlabel("s")
        axes.set_ylabel("messages/s")

    words = "Messages a second of two workers, one of which is killed and comes back"
    return plots.draw(NAME, words, paint, height=2.5)


def figures(data: Data) -> Sequence[Verdict]:
    """Two against one, and that nothing is lost."""
    lost = None if data["kill"] is None else float(data["kill"]["lost"])
    return (
        Verdict.of_rounds(
            *("2 workers against 1, guest-bound work", "at least", 1.8, "times"),
            measured(lambda: _ratios(data["speeds"])),
        ),
        Verdict("lost when a worker is killed", "at most", 0, "messages", lost),
    )


def _ratios(speeds: Speeds) -> list[float]:
    return paired(operator.truediv, _of(speeds[TWO], "rate"), _of(speeds[ONE], "rate"))
