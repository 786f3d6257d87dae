"""``sends = "on-success"`` on JetStream: what was released and not acknowledged is stored once."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from guests.hosting import built
from wasi_messaging import BrokerUnavailableError, Config, Host, Message
from wasi_messaging.abc import Completion
from wasi_messaging.brokers._nats.delivery import StreamDelivery
from wasi_messaging.testing import collect
from wasi_messaging.testing.servers import NatsServer


def configured(server: NatsServer, subscriptions: list[dict[str, object]]) -> Config:
    """A guest on a stream with a short lease."""
    stream = {"name": "S", "subjects": ["in.>", "out"], "create": True, "ack_wait": "500ms"}
    return Config.from_dict(
        {
            "clients": {"default": {"url": server.url, "stream": stream}},
            "components": {
                "guest": {
                    "path": str(built("outcome/c")),
                    "sends": "on-success",
                    "subscriptions": subscriptions,
                    "permissions": {"default": {"send": ["out"]}},
                }
            },
        }
    )


async def run(config: Config, bodies: list[bytes], handlings: int) -> Counter[bytes]:
    """What is in ``out`` when the messages were handled so often."""
    async with Host(config) as host, collect(host.broker(), "out") as out:
        for body in bodies:
            completion = host.broker().publish("in.a", Message(body))
            assert completion is not None
            await completion
        async with asyncio.timeout(20):
            while host.counters("guest").handled < handlings:  # noqa: ASYNC110 - no event
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.3)  # for what should not come
        return Counter(message.data for message in await out.wait(0))


async def test_a_second_handling_stores_nothing_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Though every acknowledgement is lost the first time, as in a crash before it."""
    acknowledge = StreamDelivery.ack

    def lost_at_first(self: StreamDelivery) -> Completion:
        if self.attempt == 1 and self.message.topic == "in.a":
            raise BrokerUnavailableError("as if the host had died here")
        return acknowledge(self)

    monkeypatch.setattr(StreamDelivery, "ack", lost_at_first)
    with NatsServer() as server:
        config = configured(server, [{"topic": "in.a"}])
        stored = await run(config, [b"1 s 0 2", b"2 s 0 1", b"3 s 0 3"], 6)
    assert stored == dict.fromkeys((b"1/0", b"1/1", b"2/0", b"3/0", b"3/1", b"3/2"), 1)


async def test_two_subscriptions_store_each_their_own() -> None:
    """Of one component to the same message: these are two handlings, not one repeated."""
    with NatsServer() as server:
        config = configured(server, [{"topic": "in.a", "group": "one"}, {"topic": "in.*"}])
        stored = await run(config, [b"1 s 0 1"], 2)
    assert stored == {b"1/0": 2}
