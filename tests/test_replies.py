"""Collecting replies: bounded, and over when nobody waits."""

from __future__ import annotations

import asyncio
import gc
import tracemalloc

import pytest

from wasi_messaging.abc import Message, Replies
from wasi_messaging.errors import BrokerTimeoutError, BrokerUnavailableError, MessageRejectedError

MIB = 2**20


async def test_a_million_replies_take_no_more_than_they_may() -> None:
    """Though they are empty and four thousand million are expected."""
    replies = Replies("topic", 2**32 - 1, 16 * MIB)
    collecting = asyncio.ensure_future(replies.collect(timeout=10))
    tracemalloc.start()
    for _ in range(1_000_000):
        replies.put(Message(b"", metadata=()))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 16 * MIB
    with pytest.raises(MessageRejectedError, match="over 16,777,216 bytes together"):
        await collecting
    assert not replies.messages


async def test_after_the_timeout_nothing_is_kept() -> None:
    """Neither replies nor errors."""
    replies = Replies("topic", 1, None)
    with pytest.raises(BrokerTimeoutError, match=r"no reply on 'topic' within 0.01 s"):
        await replies.collect(timeout=0.01)
    replies.put(Message(b"late"))
    replies.fail(BrokerUnavailableError("late"))
    assert not replies.messages


async def test_an_error_after_a_reply_is_not_the_result() -> None:
    """What has arrived is."""
    replies = Replies("topic", 2, None)
    replies.put(Message(b"one"))
    replies.fail(BrokerUnavailableError("gone"))
    assert [reply.data for reply in await replies.collect(timeout=0.01)] == [b"one"]


async def test_an_error_that_nobody_waits_for_any_more() -> None:
    """Is not reported as forgotten."""
    reported: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context))
    replies = Replies("topic", 1, None)
    collecting = asyncio.ensure_future(replies.collect(timeout=10))
    await asyncio.sleep(0)
    replies.fail(BrokerUnavailableError("gone"))
    collecting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await collecting
    del replies, collecting
    gc.collect()
    assert not reported
