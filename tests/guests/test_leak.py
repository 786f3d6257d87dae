"""leak: handles that a guest never drops are its own loss, up to a limit."""

import pytest

from wasi_messaging import LimitExceededError

from .hosting import handle, hosting


async def test_some_leaks_are_borne() -> None:
    """Whoever forgets to drop is not punished at once."""
    async with hosting("leak/c", instances=1) as host:
        for _ in range(20):
            await handle(host, data=b"100")
    assert host.counters("guest").handled == 20


async def test_limit_and_then_the_next_message() -> None:
    """Too many handles are refused and named; the next message gets a fresh instance."""
    async with hosting("leak/c", instances=1) as host:
        with pytest.raises(LimitExceededError, match="handles"):
            await handle(host, data=b"1000000")
        await handle(host, data=b"100")
    assert host.counters("guest").traps == 1


async def test_a_slow_leak_never_gets_that_far() -> None:
    """An instance that holds many handles is replaced between two messages, without an error."""
    async with hosting("leak/c", instances=1) as host:
        for _ in range(50):
            await handle(host, data=b"1000")
    assert host.counters("guest").handled == 50
