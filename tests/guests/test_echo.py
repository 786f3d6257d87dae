"""echo: every part of a message comes through, in every language."""

import pytest

from wasi_messaging import GuestError
from wasi_messaging.testing import collect

from .hosting import COMPILES, handle, hosting

pytestmark = COMPILES

LANGUAGES = ["c", "javascript", "python", "wat"]
PAIRS = (("trace", "1"), ("é", "ü"), ("empty", ""))


@pytest.mark.parametrize("language", LANGUAGES)
async def test_copies_all_parts(language: str) -> None:
    """Body, content type and metadata are copied, and the topic is seen."""
    async with hosting(f"echo/{language}") as host, collect(host.broker(), ">") as sent:
        await handle(host, "in.a", b"\x00\xff body", content_type="text/plain", metadata=PAIRS)
        (copy,) = await sent.wait(1)
    assert copy.topic == "out"
    assert copy.data == b"\x00\xff body"
    assert copy.content_type == "text/plain"
    assert copy.metadata == (*PAIRS, ("from", "in.a"))


@pytest.mark.parametrize("language", LANGUAGES)
async def test_absent_parts_stay_absent(language: str) -> None:
    """No content type and no metadata are not the same as empty ones."""
    async with hosting(f"echo/{language}") as host, collect(host.broker(), ">") as sent:
        await handle(host, "in", b"")
        (copy,) = await sent.wait(1)
    assert copy.data == b""
    assert copy.content_type is None
    assert copy.metadata == (("from", "in"),)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_error_and_then_the_next_message(language: str) -> None:
    """The guest's error reaches the caller; it is no reason to drop the instance."""
    async with hosting(f"echo/{language}") as host, collect(host.broker(), ">") as sent:
        with pytest.raises(GuestError, match="other: asked to fail") as caught:
            await handle(host, "fail")
        assert caught.value.kind == "other"
        assert len(sent) == 0
        await handle(host, "in", b"next")
        await sent.wait(1)
    assert host.counters("guest").errors == 1


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_large_body_many_times(language: str) -> None:
    """Memory that a call needed is free for the next one."""
    body = bytes(range(256)) * 4096
    async with hosting(f"echo/{language}") as host, collect(host.broker(), ">") as sent:
        for _ in range(50):
            await handle(host, "in", body)
        copies = await sent.wait(50)
    assert all(copy.data == body for copy in copies)
