"""Engines side by side: the same guest and bodies, seconds a message."""

from __future__ import annotations

import operator
from functools import cache
from pathlib import Path

from measure import markdown
from measure.child import python
from measure.figures import Verdict, measured, paired
from measure.part import Data
from measure.places import (
    PROGRAMS,
    PROJECT,
    cache_folder,
    cargo_build,
    guest,
    jco_packages,
    node,
)
from measure.plots import Plots
from measure.run import Run
from measure.samples import Samples
from measure.turns import Command, take_turns

NAME = "engines"
TITLE = "Engines side by side"

MIB = 2**20
SMALL = 16
SIZES = (SMALL, 1024, 64 * 1024, MIB)

RUST_REUSED = "our engine in Rust, reused"
RUST_FRESH = "our engine in Rust, fresh"
REUSED = "our engine, reused"
FRESH = "our engine, fresh"
WASMTIME = "wasmtime for Python"
JCO = "jco on Node.js"

METHOD = """\
Microseconds of wall time a message, bodies of 16 B to 1 MiB. The guest is
`guests/bench/guest.c`, the same component file for everybody: it reads topic and body, makes a
new message, sets content type and one metadata pair, and sends it over a client it connected
once. Each contestant (`benches/programs/`) says yes to every operation:

* *our engine in Rust*: `engine/core/examples/bench.rs`, the engine without Python, one message
  at a time.
* *our engine*, as the host uses it: `Engine.turn` from Python with 64 instances, a batch of
  messages and answers in, a batch of events out; with instances reused, and with a fresh one for
  each message (which then connects each time). It holds the costs of the border to Python and of
  suspending a guest at `send`, which the next two do not have: there, `send` returns at once.
* *wasmtime for Python*: the public component API (`wasmtime.component`), one instance reused.
* *jco on Node.js*: transpiled by `@bytecodealliance/jco-transpile` into JavaScript, one instance
  reused.

The engine alone has no Python in it, wasmtime for Python has: that is why both comparisons are
promised. They are judged round by round: the other's time over ours in the same round; the median
of the rounds, with their range."""


def measure(run: Run) -> Data:
    """Let all of them take turns."""
    seconds = 0.15 if run.quick else 0.6
    turns = take_turns(run, COMMANDS, SIZES, rounds=run.rounds, seconds=seconds)
    times = {
        name: {size: clocks["wall"] for size, clocks in sizes.items()}
        for name, sizes in turns.items()
    }
    return {"seconds_a_message": times}


@cache
def _example() -> Path:
    """The engine without Python, compiled at first."""
    options = ("--package", "wasi-messaging-engine", "--example", "bench")
    folder = cargo_build(PROJECT / "engine" / "Cargo.toml", *options, profile="dist")
    return folder / "examples" / "bench"


def _jco() -> list[str]:
    program, packages = PROGRAMS / "jco.mjs", jco_packages()
    words = (
        *(node(), program),
        *(guest("bench/c"), packages, cache_folder() / "transpiled"),
    )
    return [str(word) for word in words]


COMMANDS: dict[str, Command] = {
    RUST_REUSED: lambda: [str(_example()), str(guest("bench/c")), "reused"],
    RUST_FRESH: lambda: [str(_example()), str(guest("bench/c")), "fresh"],
    REUSED: lambda: python("our_engine", guest("bench/c"), "reused"),
    FRESH: lambda: python("our_engine", guest("bench/c"), "fresh"),
    WASMTIME: lambda: python("wasmtime_public", guest("bench/c")),
    JCO: _jco,
}


def page(data: Data, plots: Plots) -> str:
    """The method, a table, and a plot of the same."""
    times = data["seconds_a_message"]
    rows = [
        [
            name,
            *(
                markdown.spread(Samples(sizes[str(size)]), 1e6) if str(size) in sizes else ""
                for size in SIZES
            ),
        ]
        for name, sizes in times.items()
    ]
    table = markdown.table(("µs a message", *map(markdown.size, SIZES)), rows)
    lines = {
        name: [(float(size), Samples(values).scaled(1e6)) for size, values in sizes.items()]
        for name, sizes in times.items()
    }
    words = "Microseconds a message of each engine over the size of the body"
    plot = plots.lines(NAME, words, lines, x="bytes of the body", y="µs a message")
    return "\n\n".join((METHOD, table, plot))


def figures(data: Data) -> list[Verdict]:
    """The promises of the engine, for it alone and as the host uses it."""
    return [
        *_of_engine(data, "engine", RUST_REUSED, RUST_FRESH),
        *_of_engine(data, "engine through Python", REUSED, FRESH),
    ]


def _of_engine(data: Data, where: str, reused: str, fresh: str) -> list[Verdict]:
    def times(name: str, size: int) -> list[float]:
        found: list[float] = data["seconds_a_message"][name][str(size)]
        return found

    def microseconds(what: str, target: float, name: str) -> Verdict:
        value = measured(lambda: [time * 1e6 for time in times(name, SMALL)])
        return Verdict.of_rounds(f"{where}, {what}", "at most", target, "µs", value)

    def faster(target: float, peer: str, size: int) -> Verdict:
        ratios = measured(lambda: paired(operator.truediv, times(peer, size), times(reused, size)))
        name = f"{where}, {markdown.size(size)}, against {peer}"
        return Verdict.of_rounds(name, "at least", target, "times", ratios)

    return [
        microseconds("16 B, reused", 4, reused),
        faster(100, WASMTIME, SMALL),
        faster(10, JCO, SMALL),
        faster(1, JCO, MIB),
        microseconds("16 B, fresh instance", 30, fresh),
    ]
