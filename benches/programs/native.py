"""Run a program of a broker's module. Arguments: BROKER PROGRAM HANDLER SERVER.

The first is the module's name in ``brokers/``, the last one JSON. It says READY on standard output
when messages may come, and runs until it is told to end.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from measure.contest import Server  # noqa: E402


def main() -> None:
    """Import the module and run the program."""
    module, name, handler, server = sys.argv[1:]
    broker = importlib.import_module(f"brokers.{module}").BROKER
    asyncio.run(broker.programs[name](handler, Server(**json.loads(server)), ready))


def ready() -> None:
    """Tell whoever waits for it."""
    print("READY", flush=True)


if __name__ == "__main__":
    main()
