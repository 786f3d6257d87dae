"""chain: a request that is answered by asking somebody else."""

from __future__ import annotations

import asyncio

from wasi_messaging import Message
from wasi_messaging.testing.suite import done

from .asking import TIMEOUT, questions
from .conftest import Site
from .hosting import component, hosting_all

COUNT = 1000


def link(topic: str, *asks: str, **settings: object) -> dict[str, object]:
    """A component of the chain."""
    subscription = {"topic": topic, "group": topic, "max_in_flight": COUNT}
    return component("chain/c", request=asks, subscriptions=[subscription]) | settings


async def test_three_components(site: Site) -> None:
    """Each handles its message while the one before it waits."""
    components = {
        "one": link("first", "second"),
        "two": link("second", "third"),
        "three": link("third"),
    }
    async with hosting_all(components, site.clients) as host:
        request = host.broker().request("first", Message(b"body"), timeout=TIMEOUT, expected=1)
        assert [reply.data for reply in await request] == [b"body second first"]
        assert all(host.counters(name).errors == 0 for name in components)


async def test_a_thousand_requests_at_once(site: Site) -> None:
    """A thousand guests wait, each for its own reply; the last to ask is answered first."""
    components = {"one": link("first", "second", instances=COUNT, memory="1152KiB")}
    async with (
        hosting_all(components, site.clients) as host,
        questions(host.broker(), "second") as asked,
    ):
        broker = host.broker()

        async def request(body: bytes) -> bytes:
            (reply,) = await broker.request("first", Message(body), timeout=30, expected=1)
            return reply.data

        bodies = [b"%d" % number for number in range(COUNT)]
        asking = asyncio.gather(*map(request, bodies))
        await asked.reach(COUNT, 30)
        for delivery in reversed(asked.deliveries):
            await done(broker.reply(delivery, Message(delivery.message.data)))
            await done(delivery.ack())
        assert await asking == [body + b" first" for body in bodies]
