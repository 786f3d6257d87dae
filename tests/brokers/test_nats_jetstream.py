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

    @property
    def server_address(self) -> tuple[str, int]:
        """Of the session's server."""
        return "127.0.0.1", self._nats.port

    def make_broker(self, *, lease: float | None = None) -> Broker:
        """Another connection."""
        return self._broker(self._nats.url, lease, {})

    def make_broker_at(self, address: tuple[str, int], *, lease: float | None = None) -> Broker:
        """Another connection, with short patience."""
        short = {"publish_timeout": self.short_timeout, "connect_timeout": self.short_timeout}
        return self._broker(f"nats://{address[0]}:{address[1]}", lease, short)

    def _broker(self, url: str, lease: float | None, given: dict[str, float]) -> Broker:
        stream = {
            "name": self._unique,
            "subjects": [f"{self._unique}.>"],
            "create": True,
            "ack_wait": lease or 30.0,
        }
        return NatsBroker(NatsSettings.model_validate({"url": url, "stream": stream, **given}))

    def unreachable_broker(self) -> Broker:
        """The discard port, where nobody listens."""
        return NatsBroker(NatsSettings(url="nats://127.0.0.1:9"))

    async def restart(self) -> None:
        """End the server; it comes back."""
        await asyncio.to_thread(self._nats.restart, kill=True)
