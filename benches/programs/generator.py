"""Load through one of our clients: for every broker that has no generator of its own."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Coroutine
from typing import Any

from measure.loads import LABEL, REPLY, Load

from wasi_messaging import Message
from wasi_messaging.abc import Broker, Delivery, Subscription

SILENCE = 3.0
"""Seconds in which something must arrive, or what is missing counts as lost."""
BEHIND, SOME = 0.5, 50
"""Seconds' worth of messages, and messages, that may be outstanding in an open loop."""
DIGITS = len(LABEL) - 1

Answer = dict[str, Any]


class Generator:
    """Publishes to "in" and counts what comes back on "out", or by replies.

    Args:
        broker: open.
        load: what is asked for.
        numbered: messages carry numbers, which tell what is lost from what came twice, and when it
            should have been sent. Without, they cost less and are counted.
        output: where copies are awaited; ``"in"``: what it publishes comes back with no handler
            between, to measure the generator alone.
    """

    def __init__(
        self, broker: Broker, load: Load, *, numbered: bool = True, output: str = "out"
    ) -> None:
        self._broker = broker
        self._output = output
        self._load = load
        self._copies = load.copies
        self._numbered = numbered
        self._before, _, self._after = load.template.partition(LABEL)
        self._fixed = Message(load.template)
        self._missing: dict[int, int] = {}  # number → copies
        self._sent = self._received = self._duplicates = 0
        self._sending = False
        self._start = self._last = self._until = 0.0
        self._latencies: Counter[int] = Counter()
        self._waiting: set[asyncio.Future[Any]] = set()

    async def run(self) -> Answer:
        """Send for the time that was asked for, wait for the rest, and say how it went."""
        load = self._load
        if load.handler == REPLY:
            await self._ask()
            return self._answer()
        subscription = await self._listen()
        try:
            gave_up = await self._send() if load.rate is not None else self._begin()
            ended = time.perf_counter()
            await self._wait()
        finally:
            await subscription.stop()
        if load.rate is None:
            return self._answer()
        latencies = [[wait, count] for wait, count in sorted(self._latencies.items())]
        late = max(self._last - ended, 0.0)
        return {**self._answer(), "gave_up": gave_up, "late": late, "latencies": latencies}

    async def _listen(self) -> Subscription:
        prefetch = self._load.in_flight * self._copies + SOME
        return await self._broker.subscribe(
            self._output, self._receive, group=None, prefetch=prefetch, start="new"
        )

    def _begin(self) -> bool:
        """Start the closed loop: what arrives goes on with it."""
        self._sending = True
        self._start = self._last = time.perf_counter()
        self._until = self._start + self._load.seconds
        for _ in range(self._load.in_flight):
            self._publish()
        return False

    async def _send(self) -> bool:
        """The open loop; returns whether the rate was given up."""
        rate = self._load.rate or 1.0
        self._start = self._last = time.perf_counter()
        for number in range(int(rate * self._load.seconds)):
            pause = self._start + number / rate - time.perf_counter()
            if pause > 0:
                await asyncio.sleep(pause)
                if self._outstanding > max(SOME, rate * BEHIND):
                    return True
            self._publish()
        return False

    @property
    def _outstanding(self) -> int:
        """Messages of which something has not come back."""
        return self._sent - self._received // self._copies

    def _publish(self) -> None:
        message = self._fixed
        if self._numbered:
            number = self._sent
            message = Message(b"%b#%0*x%b" % (self._before, DIGITS, number, self._after))
            self._missing[number] = self._copies
        self._sent += 1
        completion = self._broker.publish("in", message)
        if completion is not None:
            self._keep(completion)

    def _keep(self, completion: Awaitable[None]) -> None:
        """Have done what is not done yet; an error ends the run."""
        task = asyncio.ensure_future(completion)
        self._waiting.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Future[None]) -> None:
        """What failed stays, for :meth:`_wait` to raise."""
        if not task.cancelled() and task.exception() is None:
            self._waiting.discard(task)

    def _receive(self, delivery: Delivery) -> None:
        completion = delivery.ack()
        if completion is not None:
            self._keep(completion)
        if self._numbered and not self._count(delivery.message.data):
            return
        self._received += 1
        self._last = time.perf_counter()
        # By the clock and not by a timer: a broker in this process may call back without an end.
        if self._sending and not self._received % self._copies:
            self._sending = self._last < self._until
            if self._sending:
                self._publish()

    def _count(self, body: bytes) -> bool:
        """Whether a body was waited for."""
        at = body.find(b"#") + 1
        number = int(body[at : at + DIGITS], 16)
        left = self._missing.get(number, 0)
        if not left:
            self._duplicates += 1
            return False
        if left == 1:
            del self._missing[number]
        else:
            self._missing[number] = left - 1
        if self._load.rate is not None:
            due = self._start + number / self._load.rate
            self._latencies[_rounded(time.perf_counter() - due)] += 1
        return True

    async def _wait(self) -> None:
        """Until everything has come back, or nothing comes any more."""
        silent = time.perf_counter()
        while self._outstanding > 0 and time.perf_counter() - silent < SILENCE:
            await asyncio.sleep(0.01)
            silent = max(silent, self._last)
        self._sending = False
        await asyncio.gather(*self._waiting)

    async def _ask(self) -> None:
        self._start = time.perf_counter()
        until = self._start + self._load.seconds

        async def ask() -> None:
            while time.perf_counter() < until:
                self._sent += 1
                await self._broker.request("in", self._fixed, timeout=SILENCE, expected=1)
                self._received += 1

        asking: list[Coroutine[Any, Any, None]] = [ask() for _ in range(self._load.in_flight)]
        await asyncio.gather(*asking)
        self._last = time.perf_counter()

    def _answer(self) -> Answer:
        return {
            "sent": self._sent,
            "received": self._received,
            "handled": self._received // self._copies,
            "lost": max(self._sent * self._copies - self._received, 0),
            "duplicates": self._duplicates,
            "seconds": self._last - self._start,
        }


def _rounded(seconds: float) -> int:
    """Microseconds to three digits, to two from ten milliseconds on, as ``loadgen`` has them."""
    digits = 3 if seconds < 0.01 else 2
    return int(float(f"{max(seconds, 0.0) * 1e6:.{digits}g}"))
