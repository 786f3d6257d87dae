"""How long it takes until something is ready, or done."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from measure import markdown, starts
from measure.figures import Verdict, measured
from measure.part import Data
from measure.plots import Plots
from measure.run import Run
from measure.samples import Samples
from measure.starts import EMBEDDED, NATS, STARTS, Start

NAME = "starts"
TITLE = "Start"

LOAD, HELP = "load of a cached Python component", "`wasi-messaging --help`"
COMPILED = {f"{start.name}, {start.broker}" for start in STARTS if not start.cached}
PROMISED = Start("python", NATS, cached=True), Start("python", EMBEDDED, cached=True)

METHOD = """\
*First message*: wall time from the start of `wasi-messaging run` until what its guest
(`guests/echo`) sent for a message that had been waiting was stored, by the server's clock, which is
the machine's. On NATS the server runs already; the embedded broker's starts with the host, and with
the messages that it has stored. *Compiled*: the cache of compiled components was empty. The files
themselves are in the system's memory. The order is the same in each round.

*Load of a cached Python component*: `Engine.load` of one of 18 MB whose compiled form is in the
cache, the first instance included, in a new process each time. *`--help`*: wall time of the
command."""


def measure(run: Run) -> Data:
    """Everything in turns, each time in a new process."""
    found: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory(prefix="wasi-messaging-bench-") as cache:
        acts: dict[str, Callable[[], float]] = {LOAD: starts.load, HELP: starts.show_help}
        acts |= {_key(start): partial(starts.first_message, start, Path(cache)) for start in STARTS}
        warm_up = [LOAD, HELP, *(_key(start) for start in STARTS if start.cached)]
        for name in warm_up:  # fills the caches
            run.say(f"first, {name}")
            run.attempt(name, acts[name])
        for turn in range(run.rounds):
            run.say(f"round {turn + 1} of {run.rounds}")
            for name, act in acts.items():
                if turn and run.quick and name in COMPILED:
                    continue  # Python takes a quarter of a minute
                run.attempt(name, partial(_take, found, name, act))
    return {"seconds": found}


def _key(start: Start) -> str:
    return f"{start.name}, {start.broker}"


def _take(found: dict[str, list[float]], name: str, act: Callable[[], float]) -> None:
    value = act()
    found.setdefault(name, []).append(value)


def page(data: Data, plots: Plots) -> str:
    """Method, table and a plot of the starts of hosts."""
    seconds: dict[str, list[float]] = data["seconds"]
    groups: dict[str, dict[str, Samples]] = {}
    for start in STARTS:
        if seconds.get(_key(start)):
            group = groups.setdefault(start.name, {})
            group[start.broker] = Samples(seconds[_key(start)])
    rows = [
        [name, *(markdown.spread(by[one]) if one in by else "" for one in (NATS, EMBEDDED))]
        for name, by in groups.items()
    ]
    hosts = markdown.table(("first message, s", NATS, EMBEDDED), rows)
    others = markdown.table(
        ("", "ms"),
        [[name, _milliseconds(seconds[name])] for name in (LOAD, HELP) if seconds.get(name)],
    )
    words = "Seconds from the start of a host to its first message"
    plot = plots.bars(NAME, words, groups, unit="s", log=True)
    return "\n\n".join((METHOD, hosts, plot, others))


def _milliseconds(values: Sequence[float]) -> str:
    return markdown.spread(Samples(values), 1e3)


def figures(data: Data) -> Sequence[Verdict]:
    """The promises of a start."""

    def time(*names: str) -> float | None:
        return measured(lambda: max(Samples(data["seconds"][name]).median for name in names))

    def milliseconds(name: str) -> float | None:
        return None if (value := time(name)) is None else value * 1e3

    return (
        Verdict(
            "`run` with a cached Python component, start to first message",
            *("at most", 0.8, "s"),
            time(*map(_key, PROMISED)),
        ),
        Verdict(LOAD, "at most", 20, "ms", milliseconds(LOAD)),
        Verdict(HELP, "at most", 150, "ms", milliseconds(HELP)),
    )
