"""To look at letters is to hold them; in the end they go back."""

from __future__ import annotations

import asyncio

import pytest

from wasi_messaging import Message, MessagingError
from wasi_messaging.dead_letters import GROUP, PAGE, DeadLetter, DeadLetters

from .letters import QUIET, Connect, letter, publish, waiting


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
