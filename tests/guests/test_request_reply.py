"""request-reply: a guest asks, another answers."""

import pytest

from wasi_messaging import GuestError
from wasi_messaging.testing import collect

from .hosting import handle, hosting

ANSWERS = [{"topic": "answer"}]


async def test_ask_and_answer() -> None:
    """Every reply that was asked for comes back, in order."""
    async with (
        hosting("request-reply/c", request=("answer",), subscriptions=ANSWERS) as host,
        collect(host.broker(), "out") as sent,
    ):
        await handle(host, "ask", b"question")
        replies = await sent.wait(2)
    assert [reply.data for reply in replies] == [b"question", b"again"]


async def test_nobody_answers() -> None:
    """The broker knows that nobody listens, and the guest hears it at once."""
    async with hosting("request-reply/c", request=("answer",)) as host:
        with pytest.raises(GuestError) as caught:
            await handle(host, "ask")
    assert caught.value.kind == "connection"


async def test_requests_need_a_permission() -> None:
    """A grant to send is none to request."""
    async with hosting("request-reply/c", send=(">",)) as host:
        with pytest.raises(GuestError) as caught:
            await handle(host, "ask")
    assert caught.value.kind == "permission-denied"


async def test_reply_to_a_message_that_asks_for_none() -> None:
    """It is ok and does nothing."""
    async with hosting("request-reply/c") as host, collect(host.broker(), ">") as sent:
        await handle(host, "answer", b"nobody asked")
        assert len(sent) == 0
