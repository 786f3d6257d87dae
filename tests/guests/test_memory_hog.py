"""memory-hog: a guest gets the memory that the configuration says and no more."""

import pytest

from wasi_messaging import LimitExceededError

from .hosting import COMPILES, handle, hosting

pytestmark = COMPILES


@pytest.mark.parametrize("language", ["c", "python"])
async def test_limit_and_then_the_next_message(language: str) -> None:
    """Too much is refused and named; the next message gets a fresh instance."""
    async with hosting(f"memory-hog/{language}", instances=1, memory="64MiB") as host:
        await handle(host, data=b"8")
        with pytest.raises(LimitExceededError, match="memory limit of 64 MiB"):
            await handle(host, data=b"200")
        await handle(host, data=b"8")
    assert host.counters("guest").traps == 1
    assert host.counters("guest").handled == 2


async def test_limit_is_the_instances() -> None:
    """Instances do not share the limit."""
    async with hosting("memory-hog/c", isolation="message", memory="16MiB") as host:
        for _ in range(8):
            await handle(host, data=b"12")
