"""answering: replies as often as it likes, and goes on."""

from __future__ import annotations

import pytest

from wasi_messaging import GuestError, Message
from wasi_messaging.errors import BrokerTimeoutError
from wasi_messaging.testing import collect
from wasi_messaging.testing.suite import done

from .asking import ASKER, TIMEOUT, ask, asker
from .conftest import Site
from .hosting import component, hosting_all

ANSWERER = "answerer"
QUESTIONS = {"topic": "question", "group": "answerers"}


def both(**subscription: object) -> dict[str, dict[str, object]]:
    """Who asks, and who answers."""
    subscriptions = [QUESTIONS | subscription]
    return {**asker(), ANSWERER: component("answering/c", subscriptions=subscriptions)}


@pytest.mark.parametrize(
    ("replies", "expected", "got"),
    [(3, 3, 3), (5, 2, 2), (2, 3, 2), (3, None, 1), (100, 100, 100)],
    ids=["as many", "more", "fewer", "without options", "many"],
)
async def test_several_replies(site: Site, replies: int, expected: int | None, got: int) -> None:
    """In their order; those expected, or those that came in time. The answerer goes on."""
    async with (
        hosting_all(both(), site.clients) as host,
        collect(host.broker(), "out") as out,
        collect(host.broker(), "answered") as answered,
    ):
        enough = replies >= (expected or 1)
        await ask(host, b"%d" % replies, expected=expected, timeout_ms=8000 if enough else 1000)
        numbers = [b"%d" % number for number in range(1, got + 1)]
        assert [reply.data for reply in await out.wait(got)] == numbers
        assert (await answered.wait(1))[0].data == b"%d" % replies
        assert len(out) == got


async def test_nobody_asked(site: Site) -> None:
    """A message without a reply address is answered by nothing happening, and no error."""
    async with (
        hosting_all(both(), site.clients) as host,
        collect(host.broker(), "answered") as sent,
    ):
        await done(host.broker().publish("question", Message(b"3")))
        assert (await sent.wait(1))[0].data == b"3"
    assert host.counters(ANSWERER).handled == 1


async def test_the_answerer_traps(site: Site) -> None:
    """Who asks hears nothing of it; the request is a message like any other, tried again and given
    up.
    """
    policy: dict[str, object] = {"retry": {"attempts": 2, "initial": "1ms"}}
    if site.confirms:
        policy["dead_letter"] = {"client": "default", "topic": "dead"}
    async with (
        hosting_all(both(**policy), site.clients) as host,
        collect(host.broker(), "dead") as dead,
    ):
        with pytest.raises(GuestError) as caught:
            await ask(host, b"trap", timeout_ms=1000)
        assert caught.value.kind == "timeout"
        if site.confirms:
            assert [letter.data for letter in await dead.wait(1)] == [b"trap"]
    counters = host.counters(ANSWERER)
    assert (counters.traps, counters.retried) == (2, 1)
    assert (counters.dead_lettered, counters.lost) == ((1, 0) if site.confirms else (0, 1))
    assert host.counters(ASKER).errors == 1


async def test_more_replies_than_a_handling_may_make(site: Site) -> None:
    """Are refused like sends, and those before them arrive."""
    components = both()
    components[ANSWERER]["max_sends_per_handling"] = 3
    async with hosting_all(components, site.clients) as host:
        got = await host.broker().request("question", Message(b"5"), timeout=TIMEOUT, expected=3)
        assert [reply.data for reply in got] == [b"1", b"2", b"3"]
        with pytest.raises(BrokerTimeoutError):
            await host.broker().request("question", Message(b"0"), timeout=0.2, expected=1)


async def test_held_replies(site: Site) -> None:
    """Where sends leave on success, so do replies, in their order."""
    components = both()
    components[ANSWERER]["sends"] = "on-success"
    async with (
        hosting_all(components, site.clients) as host,
        collect(host.broker(), "out") as out,
    ):
        await ask(host, b"3", expected=3, timeout_ms=5000)
        assert [reply.data for reply in await out.wait(3)] == [b"1", b"2", b"3"]
