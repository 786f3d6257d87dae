"""How long it takes until something is ready: a cached component, the command line."""

from __future__ import annotations

import json
import sys
import time
from functools import partial
from pathlib import Path

from .child import python
from .places import guest, run
from .results import Results

LOAD = "load of a Python component"
HELP = "wasi-messaging --help"


def measure(results: Results, *, rounds: int) -> None:
    """Start each several times, in turns, in a new process each time."""
    load, show_help = partial(_load, results), partial(_help, results)
    results.attempt(LOAD, partial(run, *python("load", guest("echo/python"))))  # fills the cache
    for turn in range(rounds):
        results.say(f"starting: round {turn + 1} of {rounds}")
        results.attempt(LOAD, load)
        results.attempt(HELP, show_help)


def _load(results: Results) -> None:
    answer = json.loads(run(*python("load", guest("echo/python"))))
    results.start(LOAD).add(float(answer["seconds"]))


def _help(results: Results) -> None:
    command = Path(sys.executable).with_name("wasi-messaging")
    start = time.perf_counter()
    run(command, "--help")
    results.start(HELP).add(time.perf_counter() - start)
