"""keep: what a guest keeps in the host counts against its memory limit."""

import pytest

from wasi_messaging import LimitExceededError

from .hosting import handle, hosting


async def test_limit_and_then_the_next_message() -> None:
    """Too much is refused and named; the next message gets a fresh instance."""
    async with hosting("keep/c", instances=1, memory="16MiB") as host:
        with pytest.raises(LimitExceededError, match="memory limit of 16 MiB reached: its live"):
            await handle(host, data=b"100")
        await handle(host, data=b"8")
    assert host.counters("guest").traps == 1


async def test_a_slow_hoard_never_gets_that_far() -> None:
    """An instance that keeps much is replaced between two messages, without an error."""
    async with hosting("keep/c", instances=1, memory="16MiB") as host:
        for _ in range(50):
            await handle(host, data=b"3")
    assert host.counters("guest").handled == 50
