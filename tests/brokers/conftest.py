"""Servers for the tests of brokers: one for each kind of configuration and session."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from wasi_messaging.testing.servers import NatsServer


@pytest.fixture(scope="session")
def nats_server() -> Iterator[NatsServer]:
    """A nats-server with JetStream, without authorization."""
    with NatsServer() as server:
        yield server
