"""ask-itself: another instance answers; where there is none, the request meets its timeout."""

from __future__ import annotations

import asyncio

import pytest

from wasi_messaging import GuestError, Message

from .asking import TIMEOUT
from .conftest import Site
from .hosting import NAME, component, hosting_all

TOPICS = ("patient", "hurried")
SUBSCRIPTIONS = [{"topic": topic, "group": topic} for topic in TOPICS]


def itself(**settings: object) -> dict[str, dict[str, object]]:
    """The only component."""
    guest = component("ask-itself/c", request=TOPICS, subscriptions=SUBSCRIPTIONS) | settings
    return {NAME: guest}


async def test_another_instance_answers(site: Site) -> None:
    """As deep as there are instances."""
    async with hosting_all(itself(instances=4), site.clients) as host:
        request = host.broker().request("patient", Message(b"3"), timeout=TIMEOUT, expected=1)
        assert [reply.data for reply in await request] == [b"3"]


@pytest.mark.parametrize("topic", TOPICS)
async def test_the_only_instance(site: Site, topic: str) -> None:
    """It is busy asking: the guest hears of the timeout, its own or that of the deadline, and then
    gets its own question.
    """
    async with hosting_all(itself(instances=1, deadline="2s"), site.clients) as host:
        with pytest.raises(GuestError) as caught:
            await host.deliver(NAME, Message(b"1", topic=topic))
        assert caught.value.kind == "timeout"
        async with asyncio.timeout(TIMEOUT):
            while host.counters(NAME).handled < 1:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.01)
        assert host.counters(NAME).deadlines == 0


async def test_all_instances_ask_at_once(site: Site) -> None:
    """They wait for each other until their timeouts, and then answer the next."""
    async with hosting_all(itself(instances=2), site.clients) as host:
        asking = (host.deliver(NAME, Message(b"1", topic="hurried")) for _ in range(2))
        errors = await asyncio.gather(*asking, return_exceptions=True)
        assert [str(error) for error in errors] == ["timeout", "timeout"]
        request = host.broker().request("patient", Message(b"0"), timeout=TIMEOUT, expected=1)
        assert [reply.data for reply in await request] == [b"0"]
