"""spin: a guest that never returns is stopped, and holds nobody up."""

import asyncio
import time

import pytest

from wasi_messaging import DeadlineExceededError

from .hosting import handle, hosting


async def test_stopped_at_the_deadline_and_then_the_next_message() -> None:
    """The deadline holds for a guest that calls nothing; the next message is handled."""
    async with hosting("spin/c", instances=1, deadline="200ms") as host:
        start = time.perf_counter()
        with pytest.raises(DeadlineExceededError):
            await handle(host, "spin")
        assert 0.15 < time.perf_counter() - start < 2
        await handle(host, "fine")
    assert host.counters("guest").deadlines == 1


async def test_others_are_handled_meanwhile() -> None:
    """A spinning guest holds neither the event loop nor the other instances."""
    async with hosting("spin/c", instances=2, deadline="1s") as host:
        spinning = asyncio.create_task(handle(host, "spin"))
        await asyncio.sleep(0.05)
        start = time.perf_counter()
        for _ in range(20):
            await handle(host, "fine")
        assert time.perf_counter() - start < 0.8
        assert not spinning.done()
        with pytest.raises(DeadlineExceededError):
            await spinning


async def test_more_spinning_guests_than_threads() -> None:
    """All of them are stopped in time, and the host is as good as new."""
    async with hosting("spin/c", instances=8, deadline="300ms") as host:
        start = time.perf_counter()
        tasks = [handle(host, "spin") for _ in range(8)]
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(outcome, DeadlineExceededError) for outcome in outcomes)
        assert time.perf_counter() - start < 5
        await handle(host, "fine")
