"""How long it takes until something is ready: a cached component, the command line."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from . import places
from .child import python
from .places import guest
from .run import Run

LOAD = "load of a Python component"
HELP = "wasi-messaging --help"


def measure(run: Run, *, rounds: int) -> dict[str, list[float]]:
    """Start each several times, in turns, in a new process each time; seconds."""
    seconds: dict[str, list[float]] = {LOAD: [], HELP: []}
    run.attempt(LOAD, _load)  # fills the cache
    for turn in range(rounds):
        run.say(f"round {turn + 1} of {rounds}")
        run.attempt(LOAD, lambda: seconds[LOAD].append(_load()))
        run.attempt(HELP, lambda: seconds[HELP].append(_help()))
    return seconds


def _load() -> float:
    answer = json.loads(places.run(*python("load", guest("echo/python"))))
    return float(answer["seconds"])


def _help() -> float:
    command = Path(sys.executable).with_name("wasi-messaging")
    start = time.perf_counter()
    places.run(command, "--help")
    return time.perf_counter() - start
