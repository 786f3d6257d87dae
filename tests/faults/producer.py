"""Publishes numbered messages at a steady rate, each until it is confirmed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from .line import FAILURES, PAUSE, Line
from .work import Task, Work

AT_A_TIME = 64
"""Messages on their way to the broker: what bounds the rush after it was away."""
CONFIRMED_WITHIN = 1.0
GIVES_UP_AFTER = 30.0
"""Seconds that what is on its way gets at the end."""


class Producer:
    """The one who publishes.

    Every attempt to publish a number has the same message id, so that the stream holds the number
    once though a confirmation was lost.

    Args:
        line: to the broker.
        prefix: what subjects begin with at this broker.
        work: what to publish.
        rate: messages a second.

    Attributes:
        published: attempts.
        confirmed: numbers the broker has taken responsibility for.
    """

    def __init__(self, line: Line, prefix: str, work: Work, rate: float) -> None:
        self.published = 0
        self.confirmed: set[int] = set()
        self._line = line
        self._prefix = prefix
        self._work = work
        self._rate = rate
        self._next = 0
        self._stopping = asyncio.Event()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Publish until the block ends; afterwards everything begun is confirmed, or given up."""
        workers = [asyncio.create_task(self._publish_on()) for _ in range(AT_A_TIME)]
        try:
            yield
            self._stopping.set()
            _, late = await asyncio.wait(workers, timeout=GIVES_UP_AFTER)
            if late:
                raise TimeoutError(f"nothing was confirmed for {GIVES_UP_AFTER:g} s")
        finally:
            for worker in workers:
                worker.cancel()
            ended = await asyncio.gather(*workers, return_exceptions=True)
        problems = [problem for problem in ended if problem is not None]
        if problems:
            raise ExceptionGroup("the producer", [p for p in problems if isinstance(p, Exception)])

    async def _publish_on(self) -> None:
        begin = asyncio.get_running_loop().time()
        while not self._stopping.is_set():
            number = self._next
            self._next += 1
            due = begin + number / self._rate - asyncio.get_running_loop().time()
            if due > 0:
                try:
                    async with asyncio.timeout(due):
                        await self._stopping.wait()
                    return  # the number was never published
                except TimeoutError:
                    pass
            await self._confirm(self._work.task(number))

    async def _confirm(self, task: Task) -> None:
        headers = {"Nats-Msg-Id": f"campaign {task.number}"}
        while True:
            self.published += 1
            try:
                stream = await self._line.jetstream()
                await stream.publish(
                    f"{self._prefix}{task.topic}", task.body, CONFIRMED_WITHIN, headers=headers
                )
            except FAILURES:
                await asyncio.sleep(PAUSE)
            else:
                self.confirmed.add(task.number)
                return
