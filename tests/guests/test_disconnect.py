"""disconnect: a client is of no use after it, and handles are independent of each other."""

import pytest

from wasi_messaging import GuestError
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


@pytest.mark.parametrize("topic", ["twice", "after"])
async def test_a_client_that_is_disconnected(topic: str) -> None:
    """Says so when it is disconnected again, and when it is used."""
    async with hosting("disconnect/c") as host:
        with pytest.raises(GuestError) as caught:
            await handle(host, topic)
    assert (caught.value.kind, caught.value.text) == (
        "connection",
        'client "default" is disconnected',
    )
