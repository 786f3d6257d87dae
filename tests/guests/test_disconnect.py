"""disconnect: a client is of no use after it, and handles are independent of each other."""

from wasi_messaging.testing import collect

from .hosting import handle, hosting


async def test_disconnect() -> None:
    """The guest asserts; only what was sent on connected clients arrives."""
    async with hosting("disconnect/c") as host, collect(host.broker(), ">") as sent:
        await handle(host)
        messages = await sent.wait(4)
    assert [message.data for message in messages] == [
        b"before",
        b"second",
        b"second again",
        b"third",
    ]
