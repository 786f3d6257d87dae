"""The protocol of a contestant: a program that is asked, line by line, to handle messages.

Each line on standard input is ``{"size": bytes, "seconds": about how long}``; the answer is
``{"messages": handled, "seconds": taken, "cpu": seconds of processor time}``, the last if it knows.
A contestant keeps what is made once – compiled component, instances, connection – from line to
line, as programs in production do. ``engine/core/examples/bench.rs`` speaks the same.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable

Run = Callable[[bytes, int], None]
"""Handles a body so many times; returns when all of it is done."""

GROWTH_SHARE = 0.1
"""A batch grows until it takes this share of the asked time; what was handled before is warm-up."""


def serve(run: Run) -> None:
    """Answer lines until there are no more."""
    batches: dict[int, int] = {}
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        size = int(asked["size"])
        batches.setdefault(size, 1)
        answer = _measure(run, size, float(asked["seconds"]), batches)
        print(json.dumps(answer), flush=True)


def _measure(run: Run, size: int, seconds: float, batches: dict[int, int]) -> dict[str, float]:
    body = b"x" * size
    messages, total, processor = 0, 0.0, 0.0
    while total < seconds:
        batch = batches[size]
        start, busy = time.perf_counter(), time.process_time()
        run(body, batch)
        spent = time.perf_counter() - start
        if spent < seconds * GROWTH_SHARE:
            batches[size] = batch * 2
            continue
        messages += batch
        total += spent
        processor += time.process_time() - busy
    return {"messages": messages, "seconds": total, "cpu": processor}
