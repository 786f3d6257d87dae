"""A fast component beside a slow one in one host: prints one JSON line.

Arguments: FAST SECONDS [SLOW INSTANCES BODY]. The slow component has a full backlog.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from itertools import repeat
from typing import Any

from loop import Loop, open_loop

from wasi_messaging import Config, Host, Message

INSTANCES = 64
OUTSTANDING = 256
BACKLOG = 20_000
BATCH = 2_000
WARM_UP = 0.3
SIZE = 256

INPUT = ("in", Message(b"x" * SIZE))


def configuration(fast: str, slow: str | None, instances: int) -> Config:
    """The two components on one memory broker."""
    components: dict[str, Any] = {
        "fast": {
            "path": fast,
            "instances": INSTANCES,
            "subscriptions": [{"topic": "in", "max_in_flight": OUTSTANDING}],
            "permissions": {"default": {"send": ["out"]}},
        }
    }
    if slow is not None:
        components["slow"] = {
            "path": slow,
            "instances": instances,
            "deadline": "2s",
            "subscriptions": [{"topic": "slow", "actions": {"deadline": "drop"}}],
        }
    clients = {"default": {"url": "memory:"}}
    return Config.from_dict({"drain": 0, "clients": clients, "components": components})


async def throughput(loop: Loop, seconds: float) -> tuple[float, float]:
    """With many outstanding: messages a second, and seconds of processor time a message.

    The time is that of this thread, on which the fast component and everything of the host runs.
    """
    messages, start, busy = 0, time.perf_counter(), time.thread_time()
    while (spent := time.perf_counter() - start) < seconds:
        await loop.run(repeat(INPUT), BATCH)
        messages += BATCH
    return messages / spent, (time.thread_time() - busy) / messages


async def latencies(loop: Loop, seconds: float) -> list[float]:
    """Seconds there and back of one message at a time, sorted."""
    found = []
    until = time.perf_counter() + seconds
    while (start := time.perf_counter()) < until:
        await loop.run(repeat(INPUT), 1)
        found.append(time.perf_counter() - start)
    return sorted(found)


async def main() -> None:
    """Measure and print."""
    fast, seconds, *beside = sys.argv[1:]
    slow, instances, body = (beside[0], int(beside[1]), beside[2]) if beside else (None, 1, "")
    host = Host(configuration(fast, slow, instances))
    loop = await open_loop(host, OUTSTANDING)
    if slow is not None:
        for _ in range(BACKLOG):
            host.broker().publish("slow", Message(body.encode()))
    await throughput(loop, WARM_UP)
    rate, cpu = await throughput(loop, float(seconds))
    waits = await latencies(loop, float(seconds))
    answer = {
        "rate": rate,
        "cpu": cpu,
        "median": waits[len(waits) // 2],
        "p99": waits[len(waits) * 99 // 100],
    }
    print(json.dumps(answer), flush=True)
    await host.__aexit__(None, None, None)


if __name__ == "__main__":
    asyncio.run(main())
