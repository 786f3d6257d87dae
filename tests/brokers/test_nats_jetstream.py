"""The shared behaviour, on NATS JetStream."""

from __future__ import annotations

import asyncio

import pytest

from wasi_messaging.abc import Broker
from wasi_messaging.brokers.nats import NatsBroker, NatsSettings
from wasi_messaging.testing.servers import NatsServer
from wasi_messaging.testing.suite import BrokerSuite


class TestJetStream(BrokerSuite):
    """A stream of its own for each test, killed at every restart."""

    illegal_topics = (*BrokerSuite.illegal_topics, "$JS.API.INFO", "$SYS.x", "a*b", "x" * 2000)
    illegal_patterns = (*BrokerSuite.illegal_patterns, "a*b", "a.b>", "x" * 2000)

    @pytest.fixture(autouse=True)
    def _server(self, nats_server: NatsServer) -> None:
        self._nats = nats_server

    def make_broker(self, *, lease: float | None = None) -> Broker:
        """Another connection."""
        stream = {
            "name": self._unique,
            "subjects": [f"{self._unique}.>"],
            "create": True,
            "ack_wait": lease or 30.0,
        }
        return NatsBroker(NatsSettings.model_validate({"url": self._nats.url, "stream": stream}))

    def unreachable_broker(self) -> Broker:
        """The discard port, where nobody listens."""
        return NatsBroker(NatsSettings(url="nats://127.0.0.1:9"))

    async def restart(self) -> None:
        """End the server; it comes back."""
        await asyncio.to_thread(self._nats.restart, kill=True)
