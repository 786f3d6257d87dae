"""wasmcloud: a component of wasmcloud:messaging@0.2.0 runs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from wasi_messaging import GuestError, Host, Message
from wasi_messaging.testing import collect
from wasi_messaging.testing.servers import NatsServer

from .hosting import NAME, handle, hosting

GUEST = "wasmcloud/c"
ANSWERS = [{"topic": "question"}]


@asynccontextmanager
async def answering(url: str) -> AsyncIterator[Host]:
    """A host whose guest answers on "question", on a client of this URL."""
    clients = {"default": {"url": url}}
    async with hosting(
        GUEST, request=("question",), subscriptions=ANSWERS, clients=clients
    ) as host:
        yield host


async def test_publish() -> None:
    """Subject and body; what it publishes has nothing else."""
    async with hosting(GUEST) as host, collect(host.broker(), ">") as sent:
        await handle(
            host, "publish", b"\x00body", content_type="text/plain", metadata=(("a", "b"),)
        )
        (message,) = await sent.wait(1)
    assert message == Message(b"\x00body", topic="out")


async def test_its_error_is_other() -> None:
    """The interface has text and no kinds."""
    async with hosting(GUEST) as host:
        with pytest.raises(GuestError) as caught:
            await handle(host, "fail", b"no luck")
    assert (caught.value.kind, str(caught.value)) == ("other", "other: no luck")


async def test_sending_needs_the_permission_of_the_default_client() -> None:
    """The error's kind stands before its text."""
    async with hosting(GUEST, send=("elsewhere",)) as host:
        with pytest.raises(GuestError) as caught:
            await handle(host, "publish")
        assert host.counters(NAME).denied == 1
    assert str(caught.value) == "other: permission-denied: sending to 'out' is not granted"


async def test_sends_on_success_are_held() -> None:
    """As those of `producer`."""
    async with (
        hosting(GUEST, sends="on-success") as host,
        collect(host.broker(), "out") as sent,
    ):
        await handle(host, "publish", b"held")
        assert (await sent.wait(1))[0].data == b"held"


@pytest.mark.parametrize("broker", ["memory", "nats"])
async def test_request_and_reply(broker: str) -> None:
    """The guest asks, another instance of it answers, and the first answer is what it gets."""
    with NatsServer(jetstream=False) as server:
        url = "memory:" if broker == "memory" else server.url
        async with answering(url) as host, collect(host.broker(), "out") as sent:
            await handle(host, "ask", b"how?")
            (message,) = await sent.wait(1)
    assert message.data == b"you asked: how?"


async def test_replies_of_one_handling() -> None:
    """Each publish to the reply-to is one; they need no permission."""
    async with hosting(GUEST, send=(), subscriptions=ANSWERS) as host:
        question = Message(b"how?")
        replies = await host.broker().request("question", question, timeout=5, expected=2)
    assert [reply.data for reply in replies] == [b"you asked: how?", b"once more"]


async def test_a_message_that_asks_for_no_answer_has_an_address_too() -> None:
    """Answers to it go nowhere, as those of `reply` do."""
    async with hosting(GUEST) as host, collect(host.broker(), ">") as sent:
        await handle(host, "question", b"nobody asked")
        assert len(sent) == 0


async def test_nobody_answers() -> None:
    """The kind of error stands before its text."""
    async with hosting(GUEST, request=("question",)) as host:
        with pytest.raises(GuestError, match=r"^other: connection: .*'question'"):
            await handle(host, "ask")


async def test_requests_have_the_timeout_of_the_call() -> None:
    """The guest gives them half a second."""
    async with (
        hosting(GUEST, request=("question",)) as host,
        collect(host.broker(), "question") as asked,
    ):
        with pytest.raises(GuestError, match=r"^other: timeout$"):
            await handle(host, "ask")
        assert len(asked) == 1


async def test_requests_end_before_their_handling() -> None:
    """However long the guest wants to wait, it hears of the timeout."""
    async with (
        hosting(GUEST, request=("question",), deadline="2s") as host,
        collect(host.broker(), "question"),
    ):
        with pytest.raises(GuestError, match=r"^other: timeout$"):
            await handle(host, "ask-long")


async def test_a_reply_to_of_the_guest_s_own() -> None:
    """No broker could be made to carry it everywhere, so the guest hears of it."""
    async with hosting(GUEST) as host, collect(host.broker(), ">") as sent:
        with pytest.raises(GuestError) as caught:
            await handle(host, "forward")
        assert len(sent) == 0
    text = str(caught.value)
    assert text.startswith(
        'other: other: this host cannot send a message with a reply-to ("wasi-messaging.reply.'
    )
    assert text.endswith('"): leave it out, or call `request`, which gives the answer itself')


async def test_an_answer_that_comes_too_late() -> None:
    """The address of an earlier message is no topic and no address any more."""
    async with hosting(GUEST, instances=1) as host, collect(host.broker(), ">") as sent:
        await handle(host, "keep")
        with pytest.raises(GuestError) as caught:
            await handle(host, "late")
        assert len(sent) == 0
    text = str(caught.value)
    assert text.startswith("other: other: wasi-messaging.reply.")
    assert text.endswith(" is not the reply-to of the message that is being handled")


async def test_what_it_cannot_see_is_not_lost() -> None:
    """A dead letter has the content type and metadata that the message came with."""
    retry = {"attempts": 1}
    subscription = {"topic": "fail", "retry": retry, "dead_letter": {"topic": "dead"}}
    async with (
        hosting(GUEST, subscriptions=[subscription]) as host,
        collect(host.broker(), "dead") as dead,
    ):
        done = host.broker().publish("fail", Message(b"b", "text/plain", (("a", "b"),)))
        if done is not None:
            await done
        (letter,) = await dead.wait(1)
    assert (letter.data, letter.content_type) == (b"b", "text/plain")
    assert letter.metadata is not None
    assert letter.metadata[0] == ("a", "b")


async def test_a_component_of_both_interfaces() -> None:
    """It may import both; messages are given to the handler of wasi:messaging."""
    async with hosting("wasmcloud/both") as host, collect(host.broker(), ">") as sent:
        await handle(host, data=b"body")
        (message,) = await sent.wait(1)
    assert message == Message(b"body", topic="out")
