"""errors: each case of the interface's error reaches the caller as what it is."""

import pytest

from wasi_messaging import GuestError

from .hosting import COMPILES, LANGUAGES, handle, hosting

pytestmark = COMPILES


@pytest.mark.parametrize("language", [*LANGUAGES, "javascript"])
async def test_each_case(language: str) -> None:
    """Kind and words come through; ``timeout`` has no words; the instance lives on."""
    async with hosting(f"errors/{language}", instances=1) as host:
        for kind in ("timeout", "connection", "permission-denied", "other"):
            with pytest.raises(GuestError) as caught:
                await handle(host, kind, b"its words")
            assert caught.value.kind == kind
            assert caught.value.text == ("" if kind == "timeout" else "its words")
        await handle(host, "ok")
    assert host.counters("guest").errors == 4
    assert host.counters("guest").handled == 1
