#!/usr/bin/env python3
"""Give the host random components, bytes, messages and configurations, and see that it stands it.

It must never crash, hang, lose an outcome, keep an instance or raise what it should not. Inputs
with which it does are kept below build/fuzz/, with the command that tries them again. Exit status 1
if there are any.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from fuzz.child import Order
from fuzz.figures import Report
from fuzz.kinds import KINDS, SHARES
from fuzz.overseer import Overseer, replay
from fuzz.progress import showing
from guests.hosting import ROOT, built
from wasi_messaging.testing.servers import NatsServer

FOLDER = ROOT / "build" / "fuzz"
GOOD = "echo/wat"
SCENARIOS = (
    *("answering", "asking", "echo", "errors", "handles", "keep", "metadata", "outcome"),
    *("request-reply", "sleep", "state", "stdout-flood", "trap", "wasmcloud"),
)
ORIGINALS = [GOOD, *(f"{scenario}/c" for scenario in SCENARIOS)]
"""Guests that are damaged: small ones."""
STREAM = {
    "name": "FUZZ",
    "subjects": ["in.>", "out"],
    "create": True,
    "storage": "memory",
    "max_msgs": 1000,
}


def main() -> int:
    """Run the command line."""
    arguments = parse()
    seed = arguments.seed if arguments.seed is not None else random.randrange(10**6)
    report = Report(seed)
    try:
        asyncio.run(interruptible(arguments, report))
    except (KeyboardInterrupt, asyncio.CancelledError):
        print("stopped; this is what there is", file=sys.stderr)
    text = report.as_json() if arguments.json else report.as_text()
    print(text, flush=True)
    return 0 if report.complete and not report.problems else 1


def parse() -> argparse.Namespace:
    """The arguments."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--seconds", type=float, default=60.0, help="how long, all kinds together; default: 60")
    add("--seed", type=int, help="same seed, same inputs; default: a new one")
    add("--only", choices=sorted(KINDS), help="one kind of inputs")
    add("--first", type=int, default=0, help="number of the first input; default: 0")
    add("--count", type=int, help="how many inputs of each kind, however long it takes")
    add("--replay", type=Path, metavar="FILE", help="try an input that was kept")
    add("--folder", type=Path, default=FOLDER, help=f"where they are kept; default: {FOLDER}")
    add("--json", action="store_true", help="print JSON")
    return parser.parse_args()


async def interruptible(arguments: argparse.Namespace, report: Report) -> None:
    """SIGTERM ends what was started, as Ctrl-C does."""
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    arguments.folder.mkdir(parents=True, exist_ok=True)
    with orders(report.seed) as order:
        if arguments.replay is not None:
            report.figures.append(
                await replay(order, arguments.replay.absolute(), arguments.folder)
            )
        else:
            await campaign(arguments, order, report)
    report.complete = True


@contextmanager
def orders(seed: int) -> Iterator[Order]:
    """What children are told, with the servers that messages go through."""
    originals = [str(built(name)) for name in ORIGINALS]
    with NatsServer(jetstream=False) as core, NatsServer() as stored:
        clients: dict[str, dict[str, object]] = {
            "nats": {"url": core.url},
            "jetstream": {"url": stored.url, "stream": STREAM},
        }
        yield Order("", seed, str(built(GOOD)), originals, clients)


async def campaign(arguments: argparse.Namespace, order: Order, report: Report) -> None:
    """Every kind, one after another."""
    kinds = [arguments.only] if arguments.only else list(KINDS)
    shares = {kind: SHARES[kind] / sum(SHARES[each] for each in kinds) for kind in kinds}
    with showing(arguments.seconds) as show:
        for kind in kinds:
            order.kind, order.first, order.count = kind, arguments.first, arguments.count
            order.seconds = None if arguments.count else arguments.seconds * shares[kind]
            overseer = Overseer(order, arguments.folder, show)
            report.figures.append(overseer.figures)
            await overseer.run()


if __name__ == "__main__":
    sys.exit(main())
