"""asking: what the options of a request do, and every way in which it fails."""

from __future__ import annotations

import asyncio
import time
from uuid import uuid4

import pytest

from wasi_messaging import GuestError, HostStoppedError, Message
from wasi_messaging.brokers.memory import MemoryBroker, MemorySettings
from wasi_messaging.testing import collect
from wasi_messaging.testing.servers import NatsServer
from wasi_messaging.testing.suite import done

from .asking import ASKER, MAX_U32, TIMEOUT, ask, asker, questions
from .conftest import Site
from .hosting import hosting_all

MIB = 2**20


async def fails(asking: asyncio.Future[None]) -> tuple[str, str]:
    """Kind and text of the error that the guest was given."""
    with pytest.raises(GuestError) as caught:
        await asking
    return caught.value.kind, caught.value.text


async def test_the_question_is_only_lent(site: Site) -> None:
    """The guest sends it on after the request, as it was; without options one reply is awaited."""
    async with (
        hosting_all(asker(), site.clients) as host,
        questions(host.broker()) as asked,
        collect(host.broker(), "out") as out,
        collect(host.broker(), "asked") as afterwards,
    ):
        message = Message(b"\x00body", "text/plain", (("key", "é"),), topic="in")
        asking = asyncio.ensure_future(host.deliver(ASKER, message))
        delivery = await asked.take(TIMEOUT)
        for body in (b"first", b"second"):
            await done(host.broker().reply(delivery, Message(body)))
        await done(delivery.ack())
        await asking
        assert [reply.data for reply in await out.wait(1)] == [b"first"]
        (again,) = await afterwards.wait(1)
        for one, topic in ((delivery.message, "question"), (again, "asked")):
            assert one == Message(b"\x00body", "text/plain", (("key", "é"),), topic)


async def test_nobody_answers(site: Site) -> None:
    """Who is asked and says nothing: the timeout, after its time."""
    async with hosting_all(asker(), site.clients) as host, questions(host.broker()):
        began = time.monotonic()
        asking = asyncio.ensure_future(ask(host, b"?", timeout_ms=300))
        assert await fails(asking) == ("timeout", "")
        assert 0.3 <= time.monotonic() - began < TIMEOUT


async def test_nobody_listens(site: Site) -> None:
    """Connection, at once; a broker that stores the request for later cannot tell."""
    async with hosting_all(asker(), site.clients) as host:
        asking = asyncio.ensure_future(ask(host, b"?", timeout_ms=300 if site.stores else 8000))
        began = time.monotonic()
        expected = (
            ("timeout", "") if site.stores else ("connection", "nobody listens on 'question'")
        )
        assert await fails(asking) == expected
        assert time.monotonic() - began < TIMEOUT


async def test_a_late_reply_answers_nothing(site: Site) -> None:
    """Neither the request it was for nor the next one."""
    async with (
        hosting_all(asker(), site.clients) as host,
        questions(host.broker()) as asked,
        collect(host.broker(), "out") as out,
    ):
        late = asyncio.ensure_future(ask(host, b"1", timeout_ms=100))
        first = await asked.take(TIMEOUT)
        assert await fails(late) == ("timeout", "")
        in_time = asyncio.ensure_future(ask(host, b"2", timeout_ms=5000))
        second = await asked.take(TIMEOUT)
        for delivery, body in ((first, b"late"), (second, b"in time")):
            await done(host.broker().reply(delivery, Message(body)))
            await done(delivery.ack())
        await in_time
        assert [reply.data for reply in await out.wait(1)] == [b"in time"]


async def test_no_reply_expected(site: Site) -> None:
    """It is a send: ok at once, whether or not somebody listens."""
    async with hosting_all(asker(), site.clients) as host, collect(host.broker(), "asked") as sent:
        await ask(host, b"0", expected=0, timeout_ms=0)
        async with questions(host.broker()) as asked:
            await ask(host, b"1", expected=0)
            assert (await asked.take(TIMEOUT)).message.data == b"1"
        assert [message.data for message in await sent.wait(2)] == [b"0", b"1"]


async def test_no_time(site: Site) -> None:
    """A timeout of 0 is over at once; the request is made all the same."""
    async with hosting_all(asker(), site.clients) as host, questions(host.broker()) as asked:
        asking = asyncio.ensure_future(ask(host, b"0", timeout_ms=0))
        assert await fails(asking) == ("timeout", "")
        assert (await asked.take(TIMEOUT)).message.data == b"0"


async def test_the_deadline_bounds_a_request(site: Site) -> None:
    """The guest hears of the timeout before it would be stopped, whichever it set."""
    async with (
        hosting_all(asker(deadline="2s"), site.clients) as host,
        questions(host.broker()),
    ):
        timeouts = (None, 10_000, MAX_U32)
        asking = [asyncio.ensure_future(ask(host, b"?", timeout_ms=each)) for each in timeouts]
        for one in asking:
            assert await fails(one) == ("timeout", "")
        assert host.counters(ASKER).deadlines == 0


async def test_the_deadline_bounds_two_requests_together(site: Site) -> None:
    """The second gets what the first has left."""
    async with (
        hosting_all(asker(deadline="2s"), site.clients) as host,
        questions(host.broker()) as asked,
    ):
        asking = asyncio.ensure_future(host.deliver(ASKER, Message(b"?", topic="twice")))
        delivery = await asked.take(TIMEOUT)
        await asyncio.sleep(1)
        await done(host.broker().reply(delivery, Message(b"re")))
        await done(delivery.ack())
        await asked.take(TIMEOUT)
        assert await fails(asking) == ("timeout", "")
        assert host.counters(ASKER).deadlines == 0


async def test_as_many_as_can_be(site: Site) -> None:
    """The largest number of replies, and the longest time, are like any other."""
    async with (
        hosting_all(asker(), site.clients) as host,
        questions(host.broker()) as asked,
        collect(host.broker(), "out") as out,
    ):
        everything = ask(host, b"?", timeout_ms=1000, expected=MAX_U32)
        one = ask(host, b"?", timeout_ms=MAX_U32, expected=1)
        for request, replies in ((everything, 3), (one, 1)):
            asking = asyncio.ensure_future(request)
            delivery = await asked.take(TIMEOUT)
            for _ in range(replies):
                await done(host.broker().reply(delivery, Message(b"re")))
            await done(delivery.ack())
            await asking
        await out.wait(4)


async def test_more_than_the_guest_could_hold(site: Site) -> None:
    """Replies over its memory, or its handles, are an error that names the limit."""
    limits = {"memory": "4MiB", "max_handles": 10}
    too_large = (
        "the replies on 'question' are over 4,194,304 bytes together, the memory of who asks; "
        "expect fewer, or give it more (memory)"
    )
    too_many = (
        "more than 10 replies on 'question', which is as many handles as the component may hold; "
        "expect fewer, or allow it more (max_handles)"
    )
    async with (
        hosting_all(asker(**limits), site.clients) as host,
        questions(host.broker()) as asked,
    ):
        for size, count, text in ((3 * MIB // 2, 3, too_large), (1, 11, too_many)):
            asking = asyncio.ensure_future(ask(host, b"?", timeout_ms=8000, expected=MAX_U32))
            delivery = await asked.take(TIMEOUT)
            for _ in range(count):
                await done(host.broker().reply(delivery, Message(bytes(size))))
            await done(delivery.ack())
            assert await fails(asking) == ("other", text)


@pytest.mark.parametrize("stream", [None, {"name": "S", "subjects": ["question"], "create": True}])
async def test_the_server_goes_away(stream: dict[str, object] | None) -> None:
    """While a request waits, and before one; afterwards all is well again."""
    with NatsServer() as server:
        client = {"url": server.url} | ({} if stream is None else {"stream": stream})
        async with hosting_all(asker(), {"default": client}) as host:
            async with questions(host.broker()) as asked:
                waiting = asyncio.ensure_future(ask(host, b"?"))
                await asked.take(TIMEOUT)
                server.kill()
                kind, text = await fails(waiting)
                assert (kind, "connection" in text and "lost" in text) == ("connection", True), text
            kind, text = await fails(asyncio.ensure_future(ask(host, b"?")))
            assert (kind, "not connected" in text) == ("connection", True), text


async def test_the_host_stops_while_a_request_waits() -> None:
    """It is answered, and so is one made meanwhile, for as long as ``drain`` says."""
    clients = {"default": {"url": f"memory:{uuid4().hex}"}}
    settings = MemorySettings.model_validate(clients["default"])
    async with MemoryBroker(settings) as other, questions(other) as asked:

        async def answer() -> None:
            for _ in range(2):
                delivery = await asked.take(TIMEOUT)
                await host.wait()
                await done(other.reply(delivery, Message(b"re")))
                await done(delivery.ack())

        async with hosting_all(asker(), clients, drain="10s") as host:
            asking = asyncio.ensure_future(host.deliver(ASKER, Message(b"?", topic="twice")))
            answering = asyncio.ensure_future(answer())
            await asked.reach(1, TIMEOUT)
        assert answering.done()
        await asking

        async with hosting_all(asker(), clients, drain=0) as host:
            asking = asyncio.ensure_future(host.deliver(ASKER, Message(b"?", topic="in")))
            await asked.reach(3, TIMEOUT)
        with pytest.raises(HostStoppedError):
            await asking


async def test_a_request_does_not_wait_for_success() -> None:
    """Where sends are held, it leaves at once: its reply is awaited."""
    async with (
        hosting_all(asker(sends="on-success")) as host,
        questions(host.broker()) as asked,
        collect(host.broker(), "out") as out,
    ):
        asking = asyncio.ensure_future(ask(host, b"?"))
        delivery = await asked.take(TIMEOUT)
        await done(host.broker().reply(delivery, Message(b"re")))
        await asking
        assert [reply.data for reply in await out.wait(1)] == [b"re"]
