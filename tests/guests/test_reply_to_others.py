"""reply-to-others: only the message being handled is answered."""

from __future__ import annotations

import asyncio

import pytest

from wasi_messaging import Message
from wasi_messaging.errors import BrokerTimeoutError
from wasi_messaging.testing.suite import done

from .asking import TIMEOUT, questions
from .conftest import Site
from .hosting import NAME, component, hosting_all


async def test_only_the_message_being_handled(site: Site) -> None:
    """Replies to others are ok and reach nobody, though who sent the first still waits."""
    guest = component(
        "reply-to-others/c",
        request=("question",),
        instances=1,
        subscriptions=[{"topic": "in", "group": "g"}],
    )
    async with hosting_all({NAME: guest}, site.clients) as host, questions(host.broker()) as asked:
        broker = host.broker()
        first = asyncio.ensure_future(broker.request("in", Message(b""), timeout=2, expected=1))
        async with asyncio.timeout(TIMEOUT):
            while host.counters(NAME).handled < 1:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.01)

        second = asyncio.ensure_future(broker.request("in", Message(b""), timeout=1.5, expected=2))
        delivery = await asked.take(TIMEOUT)
        await done(broker.reply(delivery, Message(b"re")))
        await done(delivery.ack())
        assert [reply.data for reply in await second] == [b"to this one"]
        with pytest.raises(BrokerTimeoutError):
            await first
        assert host.counters(NAME).handled == 2
