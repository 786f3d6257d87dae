"""recursion: a guest's stack ends before the host's does."""

import pytest

from wasi_messaging import GuestTrapError

from .hosting import handle, hosting


async def test_stack_overflow_and_then_the_next_message() -> None:
    """Endless recursion is a trap like others, with a backtrace of reasonable length."""
    async with hosting("recursion/c", instances=1) as host:
        with pytest.raises(GuestTrapError, match="call stack exhausted") as caught:
            await handle(host, "deep")
        assert 0 < len(caught.value.backtrace) < 100
        await handle(host, "fine")
