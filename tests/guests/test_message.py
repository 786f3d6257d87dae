"""message: what a new message starts with, and that setters set."""

from wasi_messaging import Message
from wasi_messaging.testing import collect

from .hosting import handle, hosting


async def test_message_in_the_guests_hands() -> None:
    """The guest asserts, then sends on what it got with another body."""
    async with hosting("message/c") as host, collect(host.broker(), ">") as sent:
        await handle(host, "in", b"original", content_type="text/plain", metadata=(("a", "1"),))
        assert await sent.wait(1) == [Message(b"changed", "text/plain", (("a", "1"),), topic="out")]
