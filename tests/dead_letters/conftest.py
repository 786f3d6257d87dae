"""Letters wait on each kind of broker that keeps them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack

import pytest

from wasi_messaging.testing.servers import NatsServer

from .letters import Connect


@pytest.fixture(scope="package")
def nats_server() -> Iterator[NatsServer]:
    """With JetStream."""
    with NatsServer() as server:
        yield server


@pytest.fixture(params=["memory", "jetstream"])
async def connect(request: pytest.FixtureRequest) -> AsyncIterator[Connect]:
    """On each kind of broker."""
    server = request.getfixturevalue("nats_server") if request.param == "jetstream" else None
    async with AsyncExitStack() as stack:
        yield Connect(stack, server)


@pytest.fixture
def topic(connect: Connect) -> str:
    """Of the letters."""
    return f"{connect.name}.dead"


@pytest.fixture
def original(connect: Connect) -> str:
    """Where the messages came from."""
    return f"{connect.name}.in"
