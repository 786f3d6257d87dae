"""trap: neither an error of the guest nor one of the host, and the next message is fine."""

import pytest

from wasi_messaging import GuestTrapError, LimitExceededError

from .hosting import COMPILES, LANGUAGES, handle, hosting

pytestmark = COMPILES


@pytest.mark.parametrize("language", [*LANGUAGES, "javascript"])
async def test_trap_and_then_the_next_message(language: str) -> None:
    """The caller gets a trap with its backtrace; the next message gets a fresh instance."""
    async with hosting(f"trap/{language}", instances=1) as host:
        for _ in range(3):
            with pytest.raises(GuestTrapError) as caught:
                await handle(host, "bad")
            assert not isinstance(caught.value, LimitExceededError)
            assert "unreachable" in caught.value.reason
            assert caught.value.backtrace
            await handle(host, "fine")
    assert host.counters("guest").traps == 3
    assert host.counters("guest").handled == 3


async def test_trap_shows_last_words() -> None:
    """What the guest wrote to standard error just before belongs to the report."""
    async with hosting("trap/c") as host:
        with pytest.raises(GuestTrapError) as caught:
            await handle(host, "bad")
    assert caught.value.stderr == ("first words", "last words")


async def test_uncaught_python_exception_shows_its_traceback() -> None:
    """For the author of the component the traceback is the report."""
    async with hosting("trap/python") as host:
        with pytest.raises(GuestTrapError) as caught:
            await handle(host, "bad")
    assert "ZeroDivisionError: last words" in "\n".join(caught.value.stderr)
