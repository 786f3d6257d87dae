"""message: what a new message starts with, and that setters set."""

import pytest

from wasi_messaging import Message
from wasi_messaging.testing import collect

from .hosting import COMPILES, LANGUAGES, handle, hosting

pytestmark = COMPILES


@pytest.mark.parametrize("language", LANGUAGES)
async def test_message_in_the_guests_hands(language: str) -> None:
    """The guest asserts, then sends on what it got with another body."""
    async with hosting(f"message/{language}") as host, collect(host.broker(), ">") as sent:
        await handle(host, "in", b"original", content_type="text/plain", metadata=(("a", "1"),))
        assert await sent.wait(1) == [Message(b"changed", "text/plain", (("a", "1"),), topic="out")]
