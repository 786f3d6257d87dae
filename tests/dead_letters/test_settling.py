"""Letters that are replayed or discarded are gone; the others are not."""

from __future__ import annotations

import asyncio

import pytest

from wasi_messaging import BrokerUnavailableError, Message, MessageRejectedError
from wasi_messaging.brokers.memory import MemoryBroker, MemorySettings
from wasi_messaging.dead_letters import DeadLetters
from wasi_messaging.testing import collect

from .letters import QUIET, Connect, letter, publish, waiting


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
