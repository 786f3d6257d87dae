"""The process in which inputs are tried: it may crash, and the campaign sees it.

It takes its order as JSON on the command line and says a line of JSON for each group of inputs: one
before it is tried, one with what came of it.
"""

from __future__ import annotations

import asyncio
import faulthandler
import gc
import json
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from fuzz.kinds import KINDS, Bench, Kind
from fuzz.tally import Tally

PAGE = os.sysconf("SC_PAGE_SIZE")
PATIENCE = 1.0
"""Seconds in which what has ended must be gone: the system lists a thread for a moment longer."""


@dataclass(slots=True)
class Order:
    """What a child is to do.

    Attributes:
        kind: of the inputs.
        seed: of the inputs.
        good: path of the component that copies.
        originals: paths of valid components.
        clients: of the messages.
        first: number of the first input.
        count: how many inputs; ``None``: until the time is over.
        seconds: after which no group begins.
        replay: a file with an input to try instead.
        folder: for files of the moment; whoever gives the order removes it.
    """

    kind: str
    seed: int
    good: str
    originals: list[str]
    clients: dict[str, dict[str, object]]
    first: int = 0
    count: int | None = None
    seconds: float | None = None
    replay: str | None = None
    folder: str = ""

    def as_text(self) -> str:
        """For the command line."""
        return json.dumps(asdict(self))


def kind_for(order: Order) -> Kind:
    """What makes the inputs of an order, and tries them."""
    originals = [Path(path) for path in order.originals]
    place = Bench(order.seed, Path(order.folder), Path(order.good), originals, order.clients)
    return KINDS[order.kind](place)


def groups(order: Order, size: int) -> Iterator[range]:
    """The numbers of the inputs, as they are tried together."""
    ends = None if order.seconds is None else time.monotonic() + order.seconds
    at, last = order.first, None if order.count is None else order.first + order.count
    while (last is None or at < last) and (ends is None or time.monotonic() < ends):
        following = at + size if last is None else min(at + size, last)
        yield range(at, following)
        at = following


def try_group(kind: Kind, numbers: range) -> dict[str, object]:
    """What came of a group."""
    tallies = asyncio.run(kind.run(numbers))
    return {"first": numbers.start, "count": len(numbers), **summary(tallies)}


def summary(tallies: list[Tally]) -> dict[str, object]:
    """Outcomes together, problems one by one."""
    outcomes: Counter[str] = Counter()
    operations: Counter[str] = Counter()
    for tally in tallies:
        outcomes += tally.outcomes
        operations += tally.operations
    problems = [(tally.number, text) for tally in tallies for text in tally.problems]
    return {"outcomes": outcomes, "operations": operations, "problems": problems}


def settled(first: dict[str, int] | None) -> dict[str, int]:
    """What this process has when what has ended is gone.

    Args:
        first: what it had after its first group; ``None``: this is it.
    """
    ends = time.monotonic() + PATIENCE
    while True:
        now = resources()
        more = first and any(now[name] > first[name] for name in ("threads", "files"))
        if not more or time.monotonic() > ends:
            return now
        time.sleep(0.01)


def resources() -> dict[str, int]:
    """What this process has now: bytes resident, threads, open files.

    A closed host is garbage in a circle, and its engine's files are open until that is found.
    """
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    threads = len(list(Path("/proc/self/task").iterdir()))
    files = len(list(Path("/proc/self/fd").iterdir()))
    return {"resident": pages * PAGE, "threads": threads, "files": files}


def say(value: object) -> None:
    """A line to who started this."""
    print(json.dumps(value), flush=True)


def main() -> None:
    """Carry out the order."""
    faulthandler.enable()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the campaign ends this when it has to end
    order = Order(**json.loads(sys.argv[1]))
    kind = kind_for(order)
    if order.replay is not None:
        say(summary([asyncio.run(kind.replay(Path(order.replay)))]))
        return
    first = None
    for numbers in groups(order, kind.group):
        say({"begin": [numbers.start, len(numbers)]})
        came = try_group(kind, numbers)
        now = settled(first)
        first = first or now
        say({**came, **now})


if __name__ == "__main__":
    main()
