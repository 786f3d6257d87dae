"""Where letters cannot be looked at without losing them."""

from __future__ import annotations

import pytest

from wasi_messaging import BrokerError
from wasi_messaging.abc import Receiver, Start, Subscription
from wasi_messaging.brokers.memory import MemoryBroker, MemorySettings
from wasi_messaging.brokers.nats import NatsBroker, NatsSettings
from wasi_messaging.dead_letters import DeadLetters
from wasi_messaging.testing.servers import NatsServer

from .letters import QUIET


async def test_a_client_that_keeps_nothing(nats_server: NatsServer) -> None:
    """Core NATS has no letters."""
    async with NatsBroker(NatsSettings(url=nats_server.url)) as broker:
        with pytest.raises(BrokerError, match="keeps no message until it is acknowledged"):
            await DeadLetters(broker, "dead").__aenter__()


async def test_a_queue_that_gives_up() -> None:
    """Looking often enough would lose the letter: it is refused."""

    class Impatient(MemoryBroker):
        async def subscribe(
            self, pattern: str, receive: Receiver, *, group: str | None, prefetch: int, start: Start
        ) -> Subscription:
            made = await super().subscribe(
                pattern, receive, group=group, prefetch=prefetch, start=start
            )
            made.max_deliveries = 5
            return made

    async with (
        Impatient(MemorySettings(url="memory:")) as broker,
        DeadLetters(broker, "a") as letters,
    ):
        with pytest.raises(BrokerError, match="after 5 deliveries"):
            await letters.fetch(quiet=QUIET)
