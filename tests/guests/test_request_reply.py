"""request-reply: a guest asks, another answers."""

import pytest

from wasi_messaging import GuestError
from wasi_messaging.testing import collect

from .hosting import COMPILES, LANGUAGES, handle, hosting

pytestmark = COMPILES

ANSWERS = [{"topic": "answer"}]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_ask_and_answer(language: str) -> None:
    """Every reply that was asked for comes back, in order."""
    async with (
        hosting(f"request-reply/{language}", request=("answer",), subscriptions=ANSWERS) as host,
        collect(host.broker(), "out") as sent,
    ):
        await handle(host, "ask", b"question")
        replies = await sent.wait(2)
    assert [reply.data for reply in replies] == [b"question", b"again"]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_nobody_answers(language: str) -> None:
    """The broker knows that nobody listens, and the guest hears it at once."""
    async with hosting(f"request-reply/{language}", request=("answer",)) as host:
        with pytest.raises(GuestError) as caught:
            await handle(host, "ask")
    assert caught.value.kind == "connection"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_requests_need_a_permission(language: str) -> None:
    """A grant to send is none to request."""
    async with hosting(f"request-reply/{language}", send=(">",)) as host:
        with pytest.raises(GuestError) as caught:
            await handle(host, "ask")
    assert caught.value.kind == "permission-denied"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_reply_to_a_message_that_asks_for_none(language: str) -> None:
    """It is ok and does nothing."""
    async with hosting(f"request-reply/{language}") as host, collect(host.broker(), ">") as sent:
        await handle(host, "answer", b"nobody asked")
        assert len(sent) == 0
