"""sleep: a guest that waits costs nobody anything, and is stopped at its deadline, too."""

import asyncio
import time

import pytest

from wasi_messaging import DeadlineExceededError

from .hosting import handle, hosting


async def test_waits() -> None:
    """The clock is granted: a handler may wait."""
    async with hosting("sleep/c") as host:
        start = time.perf_counter()
        await handle(host, data=b"120")
        assert 0.1 < time.perf_counter() - start < 2


async def test_many_wait_at_the_same_time() -> None:
    """A waiting guest holds no thread."""
    async with hosting("sleep/c", instances=50) as host:
        start = time.perf_counter()
        await asyncio.gather(*(handle(host, data=b"300") for _ in range(50)))
        assert time.perf_counter() - start < 2


async def test_stopped_at_the_deadline_and_then_the_next_message() -> None:
    """The deadline holds for a guest that is not running at all."""
    async with hosting("sleep/c", instances=1, deadline="200ms") as host:
        start = time.perf_counter()
        with pytest.raises(DeadlineExceededError):
            await handle(host, data=b"60000")
        assert time.perf_counter() - start < 2
        await handle(host, data=b"0")
