"""Engines side by side: the same guest and bodies, in turns, seconds a message."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from itertools import product

from .child import Child, python
from .places import PROGRAMS, cache_folder, guest, jco_packages, node_program
from .results import Results

SIZES = (16, 1024, 64 * 1024, 1024 * 1024)

REUSED = "our engine, reused"
FRESH = "our engine, fresh"
WASMTIME = "wasmtime for Python"
JCO = "jco on Node.js"

MEMORY = "our host, memory broker"
MEMORY_IN_FLIGHT = 256

Command = Callable[[], list[str]]


def _jco() -> list[str]:
    script, packages = PROGRAMS / "jco.mjs", jco_packages()
    words = (
        node_program("node"),
        script,
        guest("bench/c"),
        packages,
        cache_folder() / "transpiled",
    )
    return [str(word) for word in words]


ENGINES: dict[str, Command] = {
    REUSED: lambda: python("our_engine", guest("bench/c"), "reused"),
    FRESH: lambda: python("our_engine", guest("bench/c"), "fresh"),
    WASMTIME: lambda: python("wasmtime_public", guest("bench/c")),
    JCO: _jco,
}

HOSTS: dict[str, Command] = {
    MEMORY: lambda: python("memory_host", guest("bench/c"), str(MEMORY_IN_FLIGHT)),
}


def measure(
    results: Results,
    what: str,
    commands: dict[str, Command],
    sizes: tuple[int, ...],
    *,
    rounds: int,
    seconds: float,
    clock: str = "seconds",
) -> None:
    """Let contestants take turns; each has about ``seconds`` for each size in each round.

    Args:
        results: takes the figures.
        what: is measured, for the progress.
        commands: contestant → how it is started.
        sizes: of the bodies.
        rounds: turns of each contestant.
        seconds: of a turn.
        clock: which of a contestant's clocks counts: ``"seconds"``, or ``"cpu"`` for the time of
            the processor, which others on the machine do not change.
    """
    with ExitStack() as stack:
        playing: dict[str, Child] = {}

        def start(name: str) -> None:
            child = playing[name] = stack.enter_context(Child(commands[name]()))
            child.answer()  # it is ready

        def warm_up(name: str) -> None:
            for size in sizes:
                _handle(playing[name], size, seconds / 2, clock)

        def take_turn(name: str, size: int) -> None:
            answer = _handle(playing[name], size, seconds, clock)
            results.engine(name, size).add(answer)

        for name in commands:
            results.attempt(name, partial(start, name))
            results.attempt(name, partial(warm_up, name))
        for turn in range(rounds):
            results.say(f"{what}: round {turn + 1} of {rounds}")
            for size, name in product(sizes, commands):
                results.attempt(name, partial(take_turn, name, size))


def _handle(child: Child, size: int, seconds: float, clock: str) -> float:
    """Have a contestant handle messages for about so long; return what each took."""
    child.ask(json.dumps({"size": size, "seconds": seconds}))
    answer = json.loads(child.answer())
    return float(answer[clock]) / int(answer["messages"])
