"""Run a program of a contest's module. Arguments: CONTEST PROGRAM HANDLER SERVER.

The first is the module's name in ``contests/``, the last one JSON. It says READY on standard output
when messages may come, and runs until it is told to end.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from measure.contest import UVLOOP, Server


def main() -> None:
    """Import the module and run the program."""
    module, name, handler, server = sys.argv[1:]
    contest = importlib.import_module(f"contests.{module}").CONTEST
    program = contest.programs[name](handler, Server(**json.loads(server)), ready)
    if name.endswith(UVLOOP):
        importlib.import_module("uvloop").run(program)
    else:
        asyncio.run(program)


def ready() -> None:
    """Tell whoever waits for it."""
    print("READY", flush=True)


if __name__ == "__main__":
    main()
