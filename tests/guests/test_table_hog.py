"""table-hog: a guest's tables are bounded like its memory; they are in none of its memories."""

import pytest

from wasi_messaging import ComponentError, LimitExceededError

from .hosting import handle, hosting


async def test_limit_and_then_the_next_message() -> None:
    """Too many elements are refused and named; the next message gets a fresh instance."""
    async with hosting("table-hog/wat", instances=1, max_table_elements=500) as host:
        await handle(host)
        with pytest.raises(LimitExceededError, match="limit of 500 table elements"):
            await handle(host, data=b"grow")
        await handle(host)
    assert (host.counters("guest").traps, host.counters("guest").handled) == (1, 2)


async def test_a_component_that_begins_above_the_limit_does_not_start() -> None:
    """Its toolchain made that table; the error says which limit is in the way."""
    with pytest.raises(ComponentError, match="does not start: limit of 1 table elements reached"):
        async with hosting("echo/javascript", max_table_elements=1):
            pass
