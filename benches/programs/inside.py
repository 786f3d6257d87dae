"""Contestant on the memory broker, with the generator in the same process.

Arguments: ``host`` CONFIGURATION, ``asyncio`` HANDLER, or ``nobody``: the generator alone. It says
READY, then puts itself under each load that is written to its standard input, JSON a line, and
answers with a line: what the generator found, with ``cpu``, the seconds of processor time the
process took; ``cpu_engine``, those of them in the engine, guests included; and ``rss``, its
resident memory in bytes.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

from wasi_messaging import Config, Host, Message, _engine
from wasi_messaging.abc import Broker, Delivery
from wasi_messaging.allocator import keep_freed_memory

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from generator import Answer, Generator
from measure.handlers import CONTENT_TYPE, COPIES, PAIRS, transform
from measure.loads import FAN_OUT, HEADERS, REPLY, TRANSFORM, Load
from measure.processes import resident_bytes

PREFETCH = 256
REAL = _engine.Engine


class TimedEngine:
    """An engine, and the processor time that its turns took on the loop's thread."""

    seconds = 0.0

    def __init__(self) -> None:
        self._engine = REAL()
        self._turn: Callable[..., Any] = self._engine.turn

    def turn(self, *batch: Any) -> Any:
        """As the engine's."""
        before = time.thread_time()
        events = self._turn(*batch)
        TimedEngine.seconds += time.thread_time() - before
        return events

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)


async def attach(broker: Broker, handler: str) -> None:
    """The best there is on this broker: a callback that publishes and acknowledges."""
    copies = COPIES if handler == FAN_OUT else 1

    def echo(delivery: Delivery) -> None:
        for _ in range(copies):
            broker.publish("out", Message(delivery.message.data))
        delivery.ack()

    def echo_with_headers(delivery: Delivery) -> None:
        broker.publish("out", Message(delivery.message.data, CONTENT_TYPE, PAIRS))
        delivery.ack()

    def change(delivery: Delivery) -> None:
        broker.publish("out", Message(transform(delivery.message.data)))
        delivery.ack()

    def answer(delivery: Delivery) -> None:
        broker.reply(delivery, Message(delivery.message.data))
        delivery.ack()

    receive = {HEADERS: echo_with_headers, TRANSFORM: change, REPLY: answer}.get(handler, echo)
    await broker.subscribe("in", receive, group="bench", prefetch=PREFETCH, start="new")


async def put_under_load(broker: Broker, load: Load, output: str) -> Answer:
    """Once."""
    processor, engine = time.process_time(), TimedEngine.seconds
    answer = await Generator(broker, load, numbered=False, output=output).run()
    answer["cpu"] = time.process_time() - processor
    answer["cpu_engine"] = TimedEngine.seconds - engine
    answer["rss"] = resident_bytes(os.getpid())
    return answer


def main() -> None:
    """Start and wait for orders."""
    way, what = sys.argv[1], sys.argv[-1]
    output = "in" if way == "nobody" else "out"
    keep_freed_memory()
    clients = {"default": {"url": "memory:"}}
    known = json.loads(what) if way == "host" else {"clients": clients, "components": {}}
    with (
        mock.patch.object(_engine, "Engine", TimedEngine),
        asyncio.Runner() as runner,
    ):
        host = Host(Config.from_dict(known))
        runner.run(host.__aenter__())
        broker = host.broker()
        if way == "asyncio":
            runner.run(attach(broker, what))
        print("READY", flush=True)
        for line in sys.stdin:
            answer = runner.run(put_under_load(broker, Load.from_json(line), output))
            print(json.dumps(answer), flush=True)
        runner.run(host.__aexit__(None, None, None))


if __name__ == "__main__":
    main()
