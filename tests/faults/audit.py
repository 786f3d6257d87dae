"""Counts what came out, and says what is missing and what came twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from .line import Line
from .work import DEAD, OUT, Task, Work

BATCH = 1000
WITHIN = 3.0
IDLE_FORGOTTEN = 60.0


@dataclass(slots=True)
class Ledger:
    """What the output topics hold.

    Attributes:
        out: (number, copy) → how often it is there.
        dead: number → its dead letters.
        last: sequence in the stream up to which it was read.
        times: of everything in ``out``, in seconds, in the stream's order.
    """

    out: Counter[tuple[int, int]] = field(default_factory=Counter)
    dead: Counter[int] = field(default_factory=Counter)
    last: int = 0
    times: list[float] = field(default_factory=list)

    def add(self, message: Msg) -> None:
        """Note one message."""
        data = message.data.decode()
        if message.subject.endswith(OUT):
            number, _, copy = data.partition("/")
            self.out[int(number), int(copy)] += 1
            self.times.append(message.metadata.timestamp.timestamp())
        else:
            self.dead[int(data.split(" ")[0])] += 1
        self.last = message.metadata.sequence.stream

    def longest_gap(self, until: float) -> float:
        """Seconds of the longest time in which nothing came out, while there was work to do."""
        times = [when for when in self.times if when <= until]
        following = pairwise(times)
        return max((later - earlier for earlier, later in following), default=0.0)


@dataclass(slots=True)
class Verdict:
    """What became of the confirmed messages.

    Attributes:
        handled: numbers of which everything came out.
        duplicates: messages in the output that are there once more than once.
        lost: numbers without any effect, or with a part of it.
        leaked: numbers that never succeed, of which something came out all the same.
        doomed: numbers in dead letters that belong there.
        exhausted: … of which an attempt would have succeeded: kills used the attempts up.
        both: numbers that came out and are in dead letters though.
    """

    handled: int
    duplicates: list[int]
    lost: list[int]
    leaked: list[int]
    doomed: int
    exhausted: list[int]
    both: list[int]


def judge(work: Work, confirmed: Iterable[int], ledger: Ledger, *, exactly_once: bool) -> Verdict:
    """Compare what was confirmed with what came out.

    Messages that fail by themselves do so after the first send. Unless it is held back until all
    went well, each attempt leaves one; that is no duplicate of anybody's making but the guest's.
    """
    verdict = Verdict(0, [], [], [], 0, [], [])
    for number in sorted(confirmed):
        _judge_one(work.task(number), ledger, verdict)
    for (number, _), times in sorted(ledger.out.items()):
        if times > 1 and (exactly_once or not work.task(number).fails):
            verdict.duplicates.extend([number] * (times - 1))
    return verdict


def _judge_one(task: Task, ledger: Ledger, verdict: Verdict) -> None:
    number = task.number
    copies = sum((number, copy) in ledger.out for copy in range(task.copies))
    dead = number in ledger.dead
    complete = copies == task.copies and not task.doomed
    verdict.handled += complete
    verdict.doomed += dead and task.doomed
    if not complete and not dead:
        verdict.lost.append(number)
    if task.doomed and copies:
        verdict.leaked.append(number)
    if dead and not task.doomed:
        verdict.exhausted.append(number)
        if copies:
            verdict.both.append(number)


class Auditor:
    """Reads the output topics, a little at a time.

    Args:
        line: to the broker.
        stream: the stream's name.
        prefix: what subjects begin with.
        group: the hosts' consumer group.
    """

    def __init__(self, line: Line, stream: str, prefix: str, group: str) -> None:
        self.ledger = Ledger()
        self._line = line
        self._stream = stream
        self._topics = [f"{prefix}{OUT}", f"{prefix}{DEAD}"]
        self._group = group

    async def read(self) -> None:
        """Read what was added since the last time."""
        jetstream = await self._line.patiently(WITHIN)
        made = await jetstream.add_consumer(
            self._stream,
            ConsumerConfig(
                ack_policy=AckPolicy.NONE,
                deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
                opt_start_seq=self.ledger.last + 1,
                filter_subjects=self._topics,
                inactive_threshold=IDLE_FORGOTTEN,
                mem_storage=True,
            ),
        )
        try:
            await self._read_all(jetstream, made.name, made.num_pending or 0)
        finally:
            await jetstream.delete_consumer(self._stream, made.name)

    async def _read_all(self, jetstream: JetStreamContext, name: str, left: int) -> None:
        if not left:
            return
        subscription = await jetstream.pull_subscribe_bind(name, stream=self._stream)
        while left:
            messages = await subscription.fetch(min(left, BATCH), timeout=WITHIN)
            for message in messages:
                self.ledger.add(message)
            left -= len(messages)
            await asyncio.sleep(0)
        await subscription.unsubscribe()

    async def idle(self) -> bool:
        """Whether the group has nothing left to fetch and nothing unsettled."""
        jetstream = await self._line.patiently(WITHIN)
        consumers = await jetstream.consumers_info(self._stream)
        ours = [one for one in consumers if one.name.startswith(self._group)]
        return bool(ours) and not any(one.num_pending or one.num_ack_pending for one in ours)

    async def deliveries(self) -> int:
        """How often the broker has given out a message to the group."""
        jetstream = await self._line.patiently(WITHIN)
        consumers = await jetstream.consumers_info(self._stream)
        ours = [one for one in consumers if one.name.startswith(self._group)]
        return sum(one.delivered.consumer_seq for one in ours if one.delivered)
