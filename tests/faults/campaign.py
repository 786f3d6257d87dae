#!/usr/bin/env python3
"""Hit hosts, broker and connections at random moments, and count every message.

Two hosts of one group handle numbered messages and send on what they are told to; what they are hit
by is drawn from a seed. At the end nothing may be missing, and with --sends on-success nothing may
be there twice. Exit status 1 if it is otherwise; the logs are kept then.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import shutil
import signal
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from faults.report import Report
from faults.run import Settings, run

RATE, ROLLING_RATE = 300.0, 1000.0


def main() -> int:
    """Run the command line."""
    arguments = parse()
    seed = arguments.seed if arguments.seed is not None else random.randrange(10**6)
    say(f"seed {seed}")
    reports: list[Report] = []
    with contextlib.suppress(KeyboardInterrupt, asyncio.CancelledError):
        reports.extend(one(settings, arguments) for settings in chosen(arguments, seed))
    if arguments.json:
        print("[" + ",\n".join(report.as_json() for report in reports) + "]")
    complete = len(reports) == len(chosen(arguments, seed))
    return 0 if complete and not any(report.problems for report in reports) else 1


def parse() -> argparse.Namespace:
    """The arguments."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--kills", type=int, default=100, help="hits by kill -9; other hits come on top")
    add("--seed", type=int, help="same seed, same hits and messages; default: a new one")
    add("--broker", choices=["nats", "embedded"], default="nats")
    add("--sends", choices=["immediate", "on-success", "both"], default="both")
    add("--rate", type=float, help=f"messages a second: {RATE:g}, or {ROLLING_RATE:g} if rolling")
    add("--rolling", action="store_true", help="restart each host KILLS times by SIGTERM instead")
    add("--hard", action="store_true", help="… by SIGKILL")
    add("--json", action="store_true", help="print JSON")
    add("--folder", type=Path, help="keep configurations and logs here; default: only of failures")
    return parser.parse_args()


def chosen(arguments: argparse.Namespace, seed: int) -> list[Settings]:
    """The campaigns that are asked for."""
    base = Settings(
        seed=seed,
        kills=arguments.kills,
        embedded=arguments.broker == "embedded",
        rolling=arguments.rolling,
        hard=arguments.hard,
        rate=arguments.rate or (ROLLING_RATE if arguments.rolling else RATE),
    )
    ways = {"immediate": [False], "on-success": [True], "both": [False, True]}
    return [replace(base, exactly_once=way) for way in ways[arguments.sends]]


def one(settings: Settings, arguments: argparse.Namespace) -> Report:
    """Run one campaign and print what it has found."""
    name = settings.report().sends
    folder = Path(tempfile.mkdtemp(prefix=f"faults-{name}-", dir=arguments.folder))
    try:
        report = asyncio.run(interruptible(settings, folder))
    except BaseException:
        say(f"ended early; logs are in {folder}")
        raise
    if not arguments.json:
        print(f"\n{report.as_table()}\n", flush=True)
    if report.problems or arguments.folder:
        say(f"logs are in {folder}")
    else:
        shutil.rmtree(folder)
    return report


async def interruptible(settings: Settings, folder: Path) -> Report:
    """SIGTERM ends what was started, as Ctrl-C does."""
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await run(settings, folder, say)


def say(line: str) -> None:
    """Report progress; standard output is for the results."""
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
