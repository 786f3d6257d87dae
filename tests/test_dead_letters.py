"""Dead letters for programs: held, handed back, replayed, discarded."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from uuid import uuid4

import pytest

from wasi_messaging import (
    BrokerError,
    BrokerUnavailableError,
    Message,
    MessageRejectedError,
    MessagingError,
)
from wasi_messaging.abc import Broker, Receiver, Start, Subscription
from wasi_messaging.brokers.memory import MemoryBroker, MemorySettings
from wasi_messaging.brokers.nats import NatsBroker, NatsSettings
from wasi_messaging.dead_letters import GROUP, PAGE, DeadLetter, DeadLetters, Story
from wasi_messaging.delivery.letters import write
from wasi_messaging.testing import collect
from wasi_messaging.testing.servers import NatsServer

QUIET = 0.3
STORY = Story(
    dead_letter="",
    client="default",
    topic="in",
    component="alerts",
    group="alerts",
    attempts=3,
    outcome="trap",
    reason="unreachable",
    first_time="2026-01-01T00:00:00.000Z",
    last_time="",
    host="attic",
    version="0.1.0",
)


class Connect:
    """Opens connections to one broker, which is empty at first.

    Attributes:
        name: the first token of its topics.
    """

    def __init__(self, stack: AsyncExitStack, server: NatsServer | None) -> None:
        self.name = uuid4().hex
        self._stack = stack
        self._server = server

    async def __call__(self, lease: float = 30.0) -> Broker:
        """One more connection; it is closed at the end."""
        return await self._stack.enter_async_context(self._make(lease))

    def _make(self, lease: float) -> Broker:
        if self._server is None:
            return MemoryBroker(MemorySettings(url=f"memory:{self.name}", lease=lease))
        stream = {
            "name": self.name,
            "subjects": [f"{self.name}.>"],
            "create": True,
            "ack_wait": lease,
        }
        settings = {"url": self._server.url, "stream": stream}
        return NatsBroker(NatsSettings.model_validate(settings))


@pytest.fixture(scope="module")
def nats_server() -> Iterator[NatsServer]:
    """With JetStream."""
    with NatsServer() as server:
        yield server


@pytest.fixture(params=["memory", "jetstream"])
async def connect(request: pytest.FixtureRequest) -> AsyncIterator[Connect]:
    """On each kind of broker."""
    server = request.getfixturevalue("nats_server") if request.param == "jetstream" else None
    async with AsyncExitStack() as stack:
        yield Connect(stack, server)


@pytest.fixture
def topic(connect: Connect) -> str:
    """Of the letters."""
    return f"{connect.name}.dead"


@pytest.fixture
def original(connect: Connect) -> str:
    """Where the messages came from."""
    return f"{connect.name}.in"


def letter(number: int, original: str = "in", data: bytes | None = None) -> Message:
    """The number tells its time too."""
    story = replace(
        STORY,
        dead_letter=f"{number:012x}",
        topic=original,
        last_time=f"2026-01-01T00:00:{number % 60:02}.000Z",
    )
    message = Message(
        data if data is not None else str(number).encode(), "text/plain", (("k", "1"), ("k", "2"))
    )
    return write(message, story)


async def publish(broker: Broker, topic: str, *messages: Message) -> None:
    """Have them wait in the queue of the letters."""
    await broker.declare(topic, GROUP)
    for message in messages:
        completion = broker.publish(topic, message)
        if completion is not None:
            await completion


async def waiting(broker: Broker, topic: str) -> list[str]:
    """The bodies of the letters that others see."""
    async with DeadLetters(broker, topic) as letters:
        return [item.message.data.decode() for item in await letters.fetch(1000, quiet=QUIET)]


async def test_letters_are_held_and_handed_back(connect: Connect, topic: str) -> None:
    """The oldest come first; while they are held, others do not see them."""
    broker, other = await connect(), await connect()
    await publish(broker, topic, *map(letter, (2, 0, 1)))
    async with DeadLetters(broker, topic) as letters:
        found = await letters.fetch(quiet=QUIET)
        assert [item.id for item in found] == [f"{number:012x}" for number in range(3)]
        assert found[0].message == Message(b"0", "text/plain", (("k", "1"), ("k", "2")), "in")
        assert (found[0].topic, found[0].story.component) == (topic, "alerts")
        assert not letters.more
        assert letters.held == 3
        assert await waiting(other, topic) == []
    assert await waiting(other, topic) == ["0", "1", "2"]


async def test_a_limit(connect: Connect, topic: str) -> None:
    """No more are taken than asked for, and the next call goes on."""
    broker, other = await connect(), await connect()
    await publish(broker, topic, *map(letter, range(5)))
    async with DeadLetters(broker, topic) as letters:
        first = await letters.fetch(2, quiet=QUIET)
        assert letters.more
        assert await waiting(other, topic) == ["2", "3", "4"]
        rest = await letters.fetch(quiet=QUIET)
        assert len({item.id for item in first + rest}) == 5
        assert not letters.more


async def test_a_discarded_letter_is_gone(connect: Connect, topic: str) -> None:
    """For good; and it cannot be settled twice."""
    broker = await connect()
    await publish(broker, topic, *map(letter, range(2)))
    async with DeadLetters(broker, topic) as letters:
        first, _ = await letters.fetch(quiet=QUIET)
        await letters.discard(first)
        with pytest.raises(ValueError, match="settled already"):
            await letters.discard(first)
        with pytest.raises(ValueError, match="settled already"):
            await letters.replay(first, broker)
    assert await waiting(broker, topic) == ["1"]


async def test_replay(connect: Connect, topic: str, original: str) -> None:
    """The message arrives as it was; only the letters that were replayed are gone."""
    broker = await connect()
    await publish(broker, topic, *(letter(number, original) for number in range(2)))
    async with collect(broker, original) as collected, DeadLetters(broker, topic) as letters:
        first, second = await letters.fetch(quiet=QUIET)
        await letters.replay(first, broker)
        [message] = await collected.wait(1)
        assert message == Message(b"0", "text/plain", (("k", "1"), ("k", "2")), original)
        await letters.replay(second, broker, f"{original}.again")
    assert await waiting(broker, topic) == []


async def test_replayed_once_more(connect: Connect, topic: str, original: str) -> None:
    """Stopped before the letter went: a broker that deduplicates keeps one message."""
    broker = await connect()
    if broker.capabilities.deduplication is None:
        pytest.skip("this broker does not deduplicate")
    await publish(broker, topic, letter(0, original), letter(0, original))
    async with collect(broker, original) as collected, DeadLetters(broker, topic) as letters:
        for item in await letters.fetch(quiet=QUIET):
            await letters.replay(item, broker)
        await collected.wait(1)
        await asyncio.sleep(QUIET)
        assert len(collected) == 1


async def test_a_refused_replay_leaves_the_letter(connect: Connect, topic: str) -> None:
    """Whether the target refuses, is away, or nobody knows where to."""
    broker, closed = await connect(), MemoryBroker(MemorySettings(url="memory:"))
    await publish(broker, topic, letter(0, "no..topic"), letter(1, ""), letter(2, "in"))
    async with DeadLetters(broker, topic) as letters:
        found = await letters.fetch(quiet=QUIET)
        for item, target, error in zip(
            found,
            (broker, broker, closed),
            (MessageRejectedError, MessageRejectedError, BrokerUnavailableError),
            strict=True,
        ):
            with pytest.raises(error):
                await letters.replay(item, target)
        assert letters.held == 3
    assert await waiting(broker, topic) == ["0", "1", "2"]


async def test_what_is_no_letter_stays(connect: Connect, topic: str) -> None:
    """It is counted, and goes back too."""
    broker = await connect()
    await publish(broker, topic, Message(b"x"), letter(0), Message(b"y", None, (("a", "b"),)))
    for _ in range(2):
        async with DeadLetters(broker, topic) as letters:
            [found] = await letters.fetch(quiet=QUIET)
            assert (found.id, letters.others, letters.held) == ("0" * 12, 2, 3)


async def test_no_more_is_held_than_allowed(connect: Connect, topic: str) -> None:
    """At the limit it says so; settling makes room."""
    broker = await connect()
    await publish(broker, topic, *(letter(number, data=bytes(10_000)) for number in range(300)))
    async with DeadLetters(broker, topic, max_bytes=1_000_000) as letters:
        found = await letters.fetch(1000, quiet=QUIET)
        assert 90 <= len(found) <= PAGE
        assert letters.more
        with pytest.raises(MessagingError, match="replay or discard some"):
            await letters.fetch(quiet=QUIET)
        for item in found:
            await letters.discard(item)
        assert await letters.fetch(quiet=QUIET)


async def test_many_letters(connect: Connect, topic: str) -> None:
    """Page by page, each letter once."""
    broker = await connect()
    count = 2 * PAGE + 10
    await publish(broker, topic, *map(letter, range(count)))
    seen: list[DeadLetter] = []
    async with DeadLetters(broker, topic) as letters:
        async for page in letters.pages(quiet=QUIET):
            seen += page
            for item in page[::2]:
                await letters.discard(item)
    assert len({item.id for item in seen}) == len(seen) == count
    assert len(await waiting(broker, topic)) == count // 2


async def test_leases_are_renewed(connect: Connect, topic: str) -> None:
    """Held for longer than the lease, a letter comes to nobody else."""
    broker, other = await connect(0.6), await connect(0.6)
    await publish(broker, topic, letter(0))
    async with DeadLetters(broker, topic) as letters:
        [found] = await letters.fetch(quiet=QUIET)
        async with DeadLetters(other, topic) as others:
            assert await others.fetch(quiet=1.5) == []
        await letters.discard(found)
    assert await waiting(other, topic) == []


async def test_cancelled_while_fetching(connect: Connect, topic: str) -> None:
    """All letters are there, at once."""
    broker = await connect()
    await publish(broker, topic, *map(letter, range(3)))

    async def look() -> None:
        async with DeadLetters(broker, topic) as letters:
            await letters.fetch(quiet=60)

    for pause in (0.0, 0.001, 0.05):
        looking = asyncio.create_task(look())
        await asyncio.sleep(pause)
        looking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await looking
        assert await waiting(broker, topic) == ["0", "1", "2"]


async def test_a_pattern(connect: Connect, topic: str) -> None:
    """Has a queue of its own, and tells where each letter waits."""
    broker = await connect()
    pattern = f"{topic}.*"
    await broker.declare(pattern, GROUP)
    await publish(broker, f"{topic}.a", letter(0))
    await publish(broker, f"{topic}.b", letter(1))
    async with DeadLetters(broker, pattern) as letters:
        found = await letters.fetch(quiet=QUIET)
        assert [item.topic for item in found] == [f"{topic}.a", f"{topic}.b"]


async def test_a_client_that_keeps_nothing(nats_server: NatsServer) -> None:
    """Core NATS has no letters."""
    async with NatsBroker(NatsSettings(url=nats_server.url)) as broker:
        with pytest.raises(BrokerError, match="keeps no message until it is acknowledged"):
            await DeadLetters(broker, "dead").__aenter__()


async def test_a_queue_that_gives_up() -> None:
    """Looking often enough would lose the letter: it is refused."""

    class Impatient(MemoryBroker):
        async def subscribe(
            self, pattern: str, receive: Receiver, *, group: str | None, prefetch: int, start: Start
        ) -> Subscription:
            made = await super().subscribe(
                pattern, receive, group=group, prefetch=prefetch, start=start
            )
            made.max_deliveries = 5
            return made

    async with (
        Impatient(MemorySettings(url="memory:")) as broker,
        DeadLetters(broker, "a") as letters,
    ):
        with pytest.raises(BrokerError, match="after 5 deliveries"):
            await letters.fetch(quiet=QUIET)
