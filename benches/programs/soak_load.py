"""Load of the soak: numbered messages that make their guest fail, and what becomes of each.

Arguments: URL TOKEN STREAM PREFIX. Each line on standard input is ``{"seconds": …, "rate": …}`` for
messages a second that do not wait for anything, or ``"window"`` instead of the rate for as many
outstanding messages at most. While it lasts there is a line for each :data:`REPORT_SECONDS`; the
last one, when everything has come out or nothing does any more, has ``"end"``.

Publishing is not confirmed: what the broker had not stored would never come out, and count as lost.
Latency is from the time at which a message was due until what the guest sent for it was stored.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from array import array
from typing import Any

import nats
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig

REPORT_SECONDS = 5.0
TICK = 0.005
"""Seconds between two bursts; the messages of a burst are due at once."""
PATIENCE = 30.0
"""Seconds without anything new before what is missing is lost."""
CYCLE = 200
GOOD, FAILS_FIRST, TRAPS_FIRST, FAILS, TRAPS = (b"s 0 1", b"l 1 2", b"c 1 2", b"f 0 1", b"t 0 1")
"""What ``guests/outcome`` is told: how it fares with a message, how often, and what it sends."""
TROUBLE = {
    **dict.fromkeys(range(15, CYCLE, 33), FAILS_FIRST),
    **dict.fromkeys(range(40, CYCLE, 100), TRAPS_FIRST),
    77: FAILS,
    177: TRAPS,
}
"""Place in the cycle → what goes wrong: 3 %, 1 %, 0.5 % and 0.5 % of the messages."""
OUT, DEAD = "out", "dead"


class Load:
    """Publishes, and follows what comes out.

    Attributes:
        published: how many.
        finished: of how many it is known what became of them.
        handled: … which were handled.
        dead: … which were given up.
        repeated: outcomes beyond one a message.
    """

    def __init__(self, client: Client, prefix: str) -> None:
        self.published = self.finished = self.handled = self.dead = self.repeated = 0
        self._client = client
        self._prefix = prefix
        self._due = array("d")
        self._known = bytearray()
        self._latencies: list[float] = []
        self._sequence = 0

    async def attach(self, stream: str) -> None:
        """Follow what the guests send and what is given up."""
        inbox = self._client.new_inbox()
        await self._client.subscribe(
            inbox, cb=self._receive, pending_msgs_limit=0, pending_bytes_limit=0
        )
        await self._client.jetstream().add_consumer(
            stream,
            ConsumerConfig(
                ack_policy=AckPolicy.NONE,
                deliver_subject=inbox,
                filter_subjects=[self._prefix + OUT, self._prefix + DEAD],
                mem_storage=True,
            ),
        )

    async def _receive(self, message: Msg) -> None:
        *_, sequence, stored, _ = message.reply.split(".")
        self._sequence += 1
        if int(sequence) != self._sequence:
            raise RuntimeError("the load missed some of what came out")
        if message.subject.endswith(DEAD):
            self._finish(int(message.data.partition(b" ")[0]), dead=True)
            return
        name, _, copy = message.data.partition(b"/")
        number = int(name)
        trouble = TROUBLE.get(number % CYCLE)
        if trouble is None:
            self._latencies.append(int(stored) / 1e9 - self._due[number])
        elif copy == b"0":
            return  # sent before anything went wrong
        self._finish(number, dead=False)

    def _finish(self, number: int, *, dead: bool) -> None:
        if self._known[number]:
            self.repeated += 1
            return
        self._known[number] = 1
        self.finished += 1
        self.dead += dead
        self.handled += not dead

    async def publish(self, count: int, due: float) -> None:
        """Publish so many that were due at this time."""
        subject = f"{self._prefix}in"
        for number in range(self.published, self.published + count):
            self._due.append(due)
            self._known.append(0)
            what = TROUBLE.get(number % CYCLE, GOOD)
            await self._client.publish(subject, b"%d %s" % (number, what))
        self.published += count

    def report(self) -> dict[str, Any]:
        """What is known since the last report."""
        taken, self._latencies = sorted(self._latencies), []
        found: dict[str, Any] = {
            name: getattr(self, name)
            for name in ("published", "finished", "handled", "dead", "repeated")
        }
        if taken:
            found |= {"p50": taken[len(taken) // 2], "p99": taken[len(taken) * 99 // 100]}
        return found


async def drive(load: Load, order: dict[str, Any]) -> None:
    """Do what one line asks for."""
    begun = time.time()
    before = load.published
    next_report = begun + REPORT_SECONDS
    tick = 0
    while (due := begun + tick * TICK) < begun + order["seconds"]:
        if (wait := due - time.time()) > 0:
            await asyncio.sleep(wait)
        if rate := order.get("rate"):
            count = int((tick + 1) * TICK * rate) - (load.published - before)
        else:
            count = order["window"] - (load.published - load.finished)
        await load.publish(max(0, count), due)
        await asyncio.sleep(0)
        tick += 1
        if time.time() >= next_report:
            say(load, begun)
            next_report += REPORT_SECONDS
    await finish(load)
    say(load, begun, end=True, lost=load.published - load.finished)


async def finish(load: Load) -> None:
    """Wait until everything has come out, or nothing does any more."""
    before, since = -1, time.monotonic()
    while load.finished < load.published and time.monotonic() - since < PATIENCE:
        if load.finished != before:
            before, since = load.finished, time.monotonic()
        await asyncio.sleep(TICK)


def say(load: Load, begun: float, **more: object) -> None:
    """Write a line."""
    print(json.dumps({"at": time.time() - begun, **load.report(), **more}), flush=True)


async def main() -> None:
    """Wait for orders."""
    url, token, stream, prefix = sys.argv[1:]
    client = await nats.connect(url, token=token, allow_reconnect=False)
    load = Load(client, prefix)
    await load.attach(stream)
    print(json.dumps({"ready": True}), flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        await drive(load, json.loads(line))
    await client.close()


if __name__ == "__main__":
    asyncio.run(main())
