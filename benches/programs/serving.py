"""The protocol of a contestant: a program that is asked, line by line, to handle messages.

Each line on standard input is ``{"size": bytes, "seconds": about how long}``; the answer is
``{"messages": handled, "seconds": taken}``. A contestant keeps what is made once –
compiled component, instances, connection – from line to line, as programs in production do.
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
        messages, seconds = _measure(run, size, float(asked["seconds"]), batches)
        print(json.dumps({"messages": messages, "seconds": seconds}), flush=True)


def _measure(run: Run, size: int, seconds: float, batches: dict[int, int]) -> tuple[int, float]:
    body = b"x" * size
    messages, total = 0, 0.0
    while total < seconds:
        batch = batches[size]
        start = time.perf_counter()
        run(body, batch)
        spent = time.perf_counter() - start
        if spent < seconds * GROWTH_SHARE:
            batches[size] = batch * 2
            continue
        messages += batch
        total += spent
    return messages, total
