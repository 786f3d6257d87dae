"""The dead letters of a topic: look at them, replay the messages in them, discard them.

    async with DeadLetters(broker, "dead-letter.alerts") as letters:
        for letter in await letters.fetch(limit=10):
            print(letter.id, letter.story.reason)
            await letters.replay(letter, broker)

The letters wait in the queue of a consumer group, :data:`GROUP`, that the host makes when it
starts. To look at a letter is to hold it: others do not see it meanwhile. What was neither replayed
nor discarded goes back when the context is left, or, should the process be killed, when the
broker's lease ends. So no way to stop loses a letter.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from .abc import Broker, Delivery, Subscription
from .delivery.letters import GROUP, Story, read
from .errors import BrokerError, MessageRejectedError, MessagingError
from .holding import Holding
from .message import Message
from .receiving import done

__all__ = ["GROUP", "DeadLetter", "DeadLetters", "Story"]

MAX_BYTES = 256 * 2**20
"""Of letters that are held at a time."""
PAGE = 256
"""Letters that are asked of the broker at a time, which bounds what may be on its way."""
QUIET = 1.0
"""Seconds without a further letter after which there is none."""


@dataclass(frozen=True, slots=True, eq=False)
class DeadLetter:
    """A letter that is held.

    Attributes:
        message: what was given up, as it was; its topic is the original one.
        story: why it was given up.
        topic: where the letter waits.
    """

    message: Message
    story: Story
    topic: str

    @property
    def id(self) -> str:
        """The letter's name; two letters of one name tell of the same message."""
        return self.story.dead_letter


class DeadLetters:
    """The dead letters of one topic of a connected broker.

    Each pattern has a queue of its own: with wildcards one sees every letter that matches, but one
    discarded there is still in the queue that the host made for the exact topic.

    Attributes:
        more: whether the last :meth:`fetch` ended because it had enough, not because there was
            nothing more.
        others: messages of the topic that are held and are no dead letters; they go back too.

    Args:
        broker: the client of the letters; needs acknowledgement and groups.
        topic: where they wait.
        max_bytes: what may be held at a time.
    """

    def __init__(self, broker: Broker, topic: str, *, max_bytes: int = MAX_BYTES) -> None:
        self.broker = broker
        self.topic = topic
        self.more = True
        self.others = 0
        self._max_bytes = max_bytes
        self._held = Holding(topic, broker.capabilities.lease)
        self._arrived: list[DeadLetter] = []
        self._count = 0
        self._changed = asyncio.Event()

    async def __aenter__(self) -> Self:
        able = self.broker.capabilities
        if not (able.acknowledgement and able.groups):
            raise BrokerError(
                f"no dead letters can wait on {self.topic!r}: this client keeps no message until "
                f"it is acknowledged ({self.broker.summary()}); use a client that does, as "
                "embedded: or nats: with a stream"
            )
        await self.broker.declare(self.topic, GROUP)
        await self._held.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._held.__aexit__(kind, error, traceback)
        self.others = 0

    async def fetch(self, limit: int = 100, *, quiet: float = QUIET) -> list[DeadLetter]:
        """Hold further letters and return them, the oldest first.

        It stops early at ``max_bytes``. How many a group may hold is up to the broker too.

        Args:
            limit: letters at most.
            quiet: seconds without a further one after which there is none.

        Raises:
            MessagingError: ``max_bytes`` are held already.
            BrokerError: the queue cannot be read.
        """
        if self._full:
            raise MessagingError(
                f"{self.held:,} messages of {self.topic!r} are held, {self._held.bytes:,} bytes; "
                "replay or discard some of them before others are looked at"
            )
        found: list[DeadLetter] = []
        self._arrived = found
        self.more = True
        while self.more and len(found) < limit and not self._full:
            self.more = await self._read(min(PAGE, limit - len(found)), quiet)
        return sorted(found, key=lambda letter: (letter.story.last_time, letter.id))

    async def pages(
        self, size: int = PAGE, *, quiet: float = QUIET
    ) -> AsyncIterator[list[DeadLetter]]:
        """Every letter, by :meth:`fetch`; what is settled in between makes room."""
        self.more = True
        while self.more:
            yield await self.fetch(size, quiet=quiet)

    async def discard(self, letter: DeadLetter) -> None:
        """Forget a letter, and the message in it.

        Raises:
            BrokerError: the broker does not know of it; the letter may come again.
            ValueError: the letter is not held here, or not any more.
        """
        self._check_held(letter)
        completion = self._held[letter].ack()
        self._held.remove(letter)
        await done(completion)

    async def replay(self, letter: DeadLetter, target: Broker, topic: str | None = None) -> None:
        """Publish the original message again; once that is confirmed, forget the letter.

        Stopped between the two, the message is there again and so is the letter; to replay it once
        more does no harm for as long as the target remembers it (``deduplication``). A target
        without ``confirms`` promises nothing: the letter goes once the client library has it.

        Whoever may publish to the topic of the letters wrote what this one says. Before it decides
        where to, compare its ``story.client`` and ``story.topic`` with what you subscribe to.

        Args:
            letter: one of :meth:`fetch`.
            target: the connected broker it came from, or another.
            topic: where to; default: the topic that the letter says it came from.

        Raises:
            BrokerError: the message was not taken; the letter stays.
            ValueError: the letter is not held here, or not any more.
        """
        self._check_held(letter)
        where = topic or letter.story.topic
        if not where:
            raise MessageRejectedError("the letter does not tell its original topic; name one")
        await done(target.publish(where, letter.message, _replay_id(letter, where)))
        await self.discard(letter)

    @property
    def held(self) -> int:
        """Messages that are held, letters or not."""
        return len(self._held)

    @property
    def _full(self) -> bool:
        return self._held.bytes >= self._max_bytes

    def _check_held(self, letter: DeadLetter) -> None:
        if letter not in self._held:
            raise ValueError(f"the dead letter {letter.id} is not held, or was settled already")

    async def _read(self, room: int, quiet: float) -> bool:
        """Take up to ``room`` messages; whether it ended before the queue was quiet."""
        self._count = 0
        subscription = await self.broker.subscribe(
            self.topic,
            self._receive,
            group=GROUP,
            prefetch=room,
            start="all" if self.broker.capabilities.replays else "new",
        )
        # A subscription for each page takes exactly what fits, however many are held already.
        try:
            self._check(subscription)
            while self._count < room and not self._full:
                self._changed.clear()
                try:
                    async with asyncio.timeout(quiet):
                        await self._changed.wait()
                except TimeoutError:
                    return False
            return True
        finally:
            await subscription.stop()

    def _check(self, subscription: Subscription) -> None:
        """Refuse a queue in which looking at a letter often enough would lose it."""
        if subscription.max_deliveries is not None:
            raise BrokerError(
                f"group {GROUP!r} on {self.topic!r} gives a letter up after "
                f"{subscription.max_deliveries} deliveries, and each look is one; remove that limit"
            )

    def _receive(self, delivery: Delivery) -> None:
        self._count += 1
        self._changed.set()
        parts = read(delivery.message)
        if parts is None:
            self.others += 1
            self._held.add(object(), delivery)
            return
        letter = DeadLetter(parts.message, parts.story, delivery.message.topic or self.topic)
        self._held.add(letter, delivery)
        self._arrived.append(letter)


def _replay_id(letter: DeadLetter, topic: str) -> str | None:
    """Names this replay. With the body in it: others may have written letters and their ids."""
    if not letter.id:
        return None
    start = hashlib.sha256(f"replay {letter.id} {topic} ".encode())
    start.update(letter.message.data)
    return start.hexdigest()[:32]
