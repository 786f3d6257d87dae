"""big-message: the size limit of a component holds in both directions."""

import pytest

from wasi_messaging import GuestError
from wasi_messaging.testing import collect

from .hosting import COMPILES, LANGUAGES, NAME, handle, hosting, publish

pytestmark = COMPILES

LARGEST = 16 * 2**20
"""Bytes that a component takes and sends without being told so."""


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_largest(language: str) -> None:
    """The guest sets, reads and sends it, more than once in the same memory."""
    async with (
        hosting(f"big-message/{language}", memory="256MiB", instances=1) as host,
        collect(host.broker(), ">") as sent,
    ):
        for _ in range(3):
            await handle(host, data=b"%d" % LARGEST)
        messages = await sent.wait(3)
    assert [message.data == b"x" * LARGEST for message in messages] == [True] * 3


@pytest.mark.parametrize("language", LANGUAGES)
async def test_sending_over_the_limit(language: str) -> None:
    """The send fails with error.other and the limit; nothing is cut off, nothing leaves."""
    async with (
        hosting(f"big-message/{language}", max_message_size="1MiB") as host,
        collect(host.broker(), ">") as sent,
    ):
        await handle(host, data=b"%d" % 2**20)
        with pytest.raises(GuestError, match="1,048,576") as caught:
            await handle(host, data=b"%d" % (2**20 + 1))
        assert caught.value.kind == "other"
        (message,) = await sent.wait(1)
    assert message.data == b"x" * 2**20


async def test_receiving_over_the_limit() -> None:
    """The guest never sees it, and the message is not taken as handled; the next one is handled."""
    subscriptions = [{"topic": "in", "retry": {"initial": "60s"}}]
    async with (
        hosting("big-message/c", max_message_size=10, subscriptions=subscriptions) as host,
        collect(host.broker(), "out") as sent,
    ):
        await publish(host, "in", b"00000000001")
        await publish(host, "in", b"0000000001")
        (message,) = await sent.wait(1)
    assert message.data == b"x"
    counters = host.counters(NAME)
    assert (counters.handled, counters.failures) == (1, 1)
