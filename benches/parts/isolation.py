"""A fast component beside a slow one in the same host: what the slow one takes from it."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

from measure import markdown, places
from measure.child import python
from measure.figures import Verdict
from measure.part import Data
from measure.places import guest
from measure.plots import Plots
from measure.run import Run, in_turn
from measure.samples import Samples

NAME = "isolation"
TITLE = "A fast component beside a slow one"

ALONE = "alone"
BESIDE: dict[str, tuple[str, int, str] | None] = {
    ALONE: None,
    "beside one that waits a second a message, 16 instances": ("sleep/c", 16, "1000"),
    "beside one that spins to its deadline, 1 instance": ("spin/c", 1, ""),
    "beside one that spins to its deadline, 16 instances": ("spin/c", 16, ""),
}
"""Where the fast component is → guest, instances and body of the slow one."""
MEASURES = ("rate", "cpu", "median", "p99")
"""Messages a second and seconds of processor time a message, with many outstanding; seconds there
and back one message at a time: the median, and the slowest of a hundred."""

METHOD = """\
One host, the memory broker, a fast component (the echo with headers, `guests/bench`) and a slow one
with a backlog of 20,000 messages. Throughput, and processor time of the host's main thread, with
256 messages outstanding; then latency there and back with one at a time. Guests that spin have
their deadline at 2 s; they run on threads of their own, which give way to the loop's ([decision
12](decisions/0012-worker-threads-give-way.md)). Each place is a new process in each round: a
spinning guest must not meet the next."""


def measure(run: Run) -> Data:
    """Let the places take turns."""
    found: dict[str, dict[str, list[float]]] = {}
    rounds, seconds = (1, 0.5) if run.quick else (run.rounds, 1.0)
    for turn in range(rounds):
        run.say(f"round {turn + 1} of {rounds}")
        for name in in_turn(BESIDE, turn, rounds):
            run.attempt(name, partial(_turn, found, name, seconds))
    return {"places": found}


def _turn(found: dict[str, dict[str, list[float]]], name: str, seconds: float) -> None:
    beside = BESIDE[name]
    arguments: list[str | Path] = []
    if beside is not None:
        component, instances, body = beside
        arguments = [guest(component), str(instances), body]
    command = python("isolation_host", guest("bench/c"), str(seconds), *arguments)
    answer = json.loads(places.run(*command))
    place = found.setdefault(name, {measure: [] for measure in MEASURES})
    for measure in MEASURES:
        place[measure].append(answer[measure])


def page(data: Data, plots: Plots) -> str:
    """The method and a row for each place."""
    found = data["places"]
    alone = Samples(found[ALONE]["rate"]).median if ALONE in found else None
    heads = ("a fast component", "messages/s", "of alone", "CPU a message", "median", "p99")
    rows = [_row(name, place, alone) for name, place in found.items()]
    return f"{METHOD}\n\n{markdown.table(heads, rows)}"


def _row(name: str, place: dict[str, list[float]], alone: float | None) -> list[str]:
    rate, cpu, median, p99 = (Samples(place[measure]) for measure in MEASURES)
    return [
        name,
        markdown.spread(rate),
        "" if alone is None else f"{rate.median / alone:.0%}",
        f"{markdown.number(cpu.median * 1e6)} µs",
        f"{markdown.number(median.median * 1e6)} µs",
        f"{markdown.number(p99.median * 1e6)} µs",
    ]


def figures(data: Data) -> list[Verdict]:
    """Nothing is promised of it in figures."""
    return []
