"""Where the time goes: processor time of a message by the stations of its way."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from functools import partial
from itertools import groupby

from contests import all_contests
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from measure import cells, markdown
from measure.cells import Cell, Cells
from measure.child import Child
from measure.contest import Contest, Server
from measure.differences import Key, explain
from measure.figures import Verdict
from measure.loads import LOADS
from measure.ours import PYTHON, QUICKJS, C
from measure.part import Data
from measure.plots import COLOURS, Plots, name_all
from measure.processes import main_thread_seconds
from measure.processors import alone
from measure.profile import OTHER_THREADS, Profile
from measure.promises import BY_HAND, CORE, ECHO, FRAMEWORK, JETSTREAM, MEMORY, TRANSFORM
from measure.run import Run, in_turn
from measure.sampler import RATE, program, sampled
from measure.samples import Samples
from measure.stations import OTHER, STATIONS, count, unknown

NAME = "profiles"
TITLE = "Where the time goes"

PROFILED: tuple[Key, ...] = (
    *((JETSTREAM, ECHO, who) for who in (C, BY_HAND)),
    *((CORE, ECHO, who) for who in (C, QUICKJS, PYTHON, BY_HAND, FRAMEWORK)),
    *((CORE, TRANSFORM, who) for who in (PYTHON, FRAMEWORK)),
    (MEMORY, ECHO, C),
)
SECONDS, QUICK_SECONDS = 6, 2
"""Of samples."""
QUICK_TURN = 0.25
WARM_UP = 0.3
AROUND = 1.0
"""Seconds of load beyond those of the samples, in which the sampler starts."""
MAIN = "cpu_main"
"""Processor time of the main thread, beside the times of ``cells``."""
MOST_UNKNOWN = 5

NAMED = "\n".join(
    f"* {broker}, {load}: {', '.join(f'*{key[2]}*' for key in keys)}"
    for (broker, load), keys in groupby(PROFILED, key=lambda key: key[:2])
)
"""Those of each load, for the page."""

METHOD = f"""\
Of the contestants of [throughput](#throughput-on-each-broker) for which something is promised, and
of those whom they are compared with, some take turns:

{NAMED}

*{BY_HAND}* stands for the programs written by hand, whichever is the best of them. What a message
costs their process, the broker and the generator is measured then. Afterwards each is under load
once more while py-spy looks {RATE} times a second what its main thread does. That gives the shares,
and nothing else: being looked at slows a program down, and meanwhile it has one processor and
everybody else the remaining ones, as Linux would else let the sampler in mostly where the program
calls the system. (Where others use the machine it still does so at times.) The last row of a table
says what was left of its speed. A share of a few hundred samples is off by two or three hundredths.

A sample counts for the innermost function that belongs to a station of
[the way of one message](architecture.md#the-way-of-one-message)
(`benches/measure/stations.py`); system calls count for whoever makes them, so that reading and
writing sockets is the event loop's. *Engine, guest and conversion* is the time in `Engine.turn`,
which only a look at native code could take apart: py-spy can (`--native`), but slows the host by
far more than a tenth, and is not used. *Turn and outcome* is what surrounds it in Python. On the
memory broker the *broker's adapter* is the broker itself, and the generator is in the same process,
as is the clock that is read around each turn of the engine. *{OTHER_THREADS.capitalize()}* are the
rest of the process's time. Cells are microseconds of processor time a message, and the share of the
process."""


def measure(run: Run) -> Data:
    """Turns without the sampler, then samples of everybody."""
    measured: dict[Key, Cell] = {}
    with ExitStack() as stack:
        playing: dict[Key, tuple[Contest, Server, Child]] = {}
        for key in PROFILED:
            run.say(f"starting {_title(key)}")
            run.attempt(_title(key), partial(_start, stack, playing, key))
        for turn in range(run.rounds):
            run.say(f"round {turn + 1} of {run.rounds}")
            for key in in_turn(playing, turn, run.rounds):
                run.attempt(_title(key), partial(_take_turn, playing, measured, key, run.quick))
        seconds = QUICK_SECONDS if run.quick else SECONDS
        run.attempt("samples", program)
        for key in () if "samples" in run.missing else measured:
            run.say(f"sampling {_title(key)}")
            act = partial(_sample, playing, measured, key, seconds)
            run.attempt(f"samples of {_title(key)}", act)
    brokers: dict[str, dict[str, Cells]] = {}
    for (broker, load, who), cell in measured.items():
        brokers.setdefault(broker, {}).setdefault(load, {})[who] = cell
    return {"brokers": brokers}


def _title(key: Key) -> str:
    return ", ".join(key)


Playing = Mapping[Key, tuple[Contest, Server, Child]]


def _start(stack: ExitStack, playing: dict[Key, tuple[Contest, Server, Child]], key: Key) -> None:
    broker, load, who = key
    contest = all_contests()[broker]
    server = stack.enter_context(contest.serve())
    child = stack.enter_context(Child(contest.contestants()[who].command(server, LOADS[load])))
    child.wait_ready()
    contest.turn(server, child, LOADS[load].lasting(WARM_UP))
    playing[key] = contest, server, child


def _turn(playing: Playing, key: Key, seconds: float | None, cell: Cell) -> None:
    """One turn, of a length of its own if it is given, with the time of the main thread."""
    contest, server, child = playing[key]
    load = LOADS[key[1]] if seconds is None else LOADS[key[1]].lasting(seconds)
    before = main_thread_seconds(child.process)
    answer = contest.turn(server, child, load)
    answer[MAIN] = main_thread_seconds(child.process) - before
    cells.add(cell, answer, times=(*cells.TIMES, MAIN))


def _take_turn(playing: Playing, measured: dict[Key, Cell], key: Key, quick: bool) -> None:
    _turn(playing, key, QUICK_TURN if quick else None, measured.setdefault(key, {}))


def _sample(playing: Playing, measured: dict[Key, Cell], key: Key, seconds: int) -> None:
    _, server, child = playing[key]
    others = () if server.process is None else (server.process,)
    meanwhile: Cell = {}
    with alone(child.process, others), sampled(child.process, seconds) as stacks:
        _turn(playing, key, seconds + AROUND, meanwhile)
    measured[key] |= {
        "stations": count(stacks),
        "unknown": unknown(stacks, MOST_UNKNOWN),
        "meanwhile": meanwhile,
    }


def page(data: Data, plots: Plots) -> str:
    """The method, a table for each load of each broker, and what differences are made of."""
    profiles = {
        (broker, load, who): Profile(cell)
        for broker, loads in data["brokers"].items()
        for load, found in loads.items()
        for who, cell in found.items()
    }
    parts = [METHOD, _plot(profiles, plots)]
    for broker, load in dict.fromkeys(key[:2] for key in profiles):
        mine = {key[2]: it for key, it in profiles.items() if key[:2] == (broker, load)}
        parts += [f"### {broker}, {load}", _table(mine), _unknown(mine)]
    explained = explain(profiles)
    if explained:
        parts += ["### What the differences are made of", "\n".join(explained)]
    return "\n\n".join(part for part in parts if part)


def _table(profiles: Mapping[str, Profile]) -> str:
    rows = [
        [station, *(_cell(it, station) for it in profiles.values())]
        for station in (*STATIONS, OTHER_THREADS)
        if any(station in it.costs for it in profiles.values())
    ]
    for name, title in (
        ("cpu", "**the process, µs**"),
        ("cpu_broker", "the broker's process, µs"),
        ("cpu_generator", "the generator's process, µs"),
    ):
        rows.append([title, *(_spread(it, name, 1e6) for it in profiles.values())])
    rows.append(["messages/s", *(_spread(it, "rate", 1) for it in profiles.values())])
    rows.append(["samples", *(f"{it.samples:,}" for it in profiles.values())])
    rows.append(["messages/s while sampled", *map(_meanwhile, profiles.values())])
    return markdown.table(("", *profiles), [row for row in rows if any(row[1:])])


def _cell(profile: Profile, station: str) -> str:
    cost = profile.costs.get(station)
    return "" if cost is None else f"{cost.value:.1f} · {cost.value / profile.total:.0%}"


def _spread(profile: Profile, name: str, unit: float) -> str:
    values = profile.cell.get(name)
    return markdown.spread(Samples(values), unit) if values else ""


def _meanwhile(profile: Profile) -> str:
    meanwhile = Profile(profile.cell.get("meanwhile", {}))
    return f"{meanwhile.rate / profile.rate:.0%}" if meanwhile.rate and profile.rate else ""


def _unknown(profiles: Mapping[str, Profile]) -> str:
    """What is behind the row of no station."""
    frames = dict.fromkeys(f for it in profiles.values() for f in it.cell.get("unknown", ()))
    return f"{OTHER.capitalize()}: {', '.join(f'`{frame}`' for frame in frames)}." if frames else ""


def _plot(profiles: Mapping[Key, Profile], plots: Plots) -> str:
    shown = {_title(key): it.costs for key, it in profiles.items() if it.costs}
    stations = [
        station
        for station in (*STATIONS, OTHER_THREADS)
        if any(station in costs for costs in shown.values())
    ]

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        ends = dict.fromkeys(shown, 0.0)
        handles = []
        for index, station in enumerate(stations):
            colour = (COLOURS[index % len(COLOURS)], 1.0 if index < len(COLOURS) else 0.5)
            widths = {who: costs[station].value for who, costs in shown.items() if station in costs}
            lefts = [ends[who] for who in widths]
            axes.barh(list(widths), list(widths.values()), left=lefts, color=colour)
            ends |= {who: ends[who] + width for who, width in widths.items()}
            handles.append(Patch(color=colour, label=station))
        axes.invert_yaxis()
        axes.grid(visible=False, axis="y")
        axes.set_xlabel("µs of the process a message")
        name_all(axes, handles)

    words = "Microseconds of processor time that each station takes of a message"
    return plots.draw(NAME, words, paint, height=1.8 + 0.25 * len(shown)) if shown else ""


def figures(_: Data) -> list[Verdict]:
    """None: what is explained here is decided in the part on throughput."""
    return []
