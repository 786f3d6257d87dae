"""The shared behaviour, on core NATS."""

from __future__ import annotations

import asyncio

import pytest

from wasi_messaging.abc import Broker
from wasi_messaging.brokers.nats import NatsBroker, NatsSettings
from wasi_messaging.testing.servers import NatsServer
from wasi_messaging.testing.suite import BrokerSuite


class TestCoreNats(BrokerSuite):
    """At most once: what is not delivered at once is gone."""

    illegal_topics = (*BrokerSuite.illegal_topics, "$JS.API.INFO", "$SYS.x", "a*b", "x" * 2000)
    illegal_patterns = (*BrokerSuite.illegal_patterns, "a*b", "a.b>", "x" * 2000)

    @pytest.fixture(autouse=True)
    def _server(self, nats_server: NatsServer) -> None:
        self._nats = nats_server

    def make_broker(self, *, lease: float | None = None) -> Broker:
        """Another connection."""
        return NatsBroker(NatsSettings(url=self._nats.url))

    @property
    def server_address(self) -> tuple[str, int]:
        """Of the session's server."""
        return "127.0.0.1", self._nats.port

    def make_broker_at(self, address: tuple[str, int], *, lease: float | None = None) -> Broker:
        """Another connection, with short patience."""
        url = f"nats://{address[0]}:{address[1]}"
        short = self.short_timeout
        return NatsBroker(NatsSettings(url=url, publish_timeout=short, connect_timeout=short))

    def unreachable_broker(self) -> Broker:
        """The discard port, where nobody listens."""
        return NatsBroker(NatsSettings(url="nats://127.0.0.1:9"))

    async def restart(self) -> None:
        """End the server; it comes back."""
        await asyncio.to_thread(self._nats.restart)
