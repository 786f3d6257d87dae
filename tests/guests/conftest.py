"""The brokers on which guests ask and answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from wasi_messaging.testing.servers import NatsServer


@dataclass(frozen=True)
class Site:
    """A broker for the client ``default``.

    Attributes:
        name: what kind.
        clients: the configuration's ``clients``.
    """

    name: str
    clients: dict[str, object]

    @property
    def stores(self) -> bool:
        """Whether a message waits for whoever subscribes later, and so a request too."""
        return self.name == "embedded"

    @property
    def confirms(self) -> bool:
        """Whether it says that it has a message, so that dead letters may go there."""
        return self.name != "nats"


@pytest.fixture(scope="session")
def nats_server() -> Iterator[NatsServer]:
    """Core NATS that takes messages of 16 MiB with their headers."""
    with NatsServer("max_payload: 17825792", jetstream=False) as server:
        yield server


@pytest.fixture(params=["memory", "nats", "embedded"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Site:
    """Each of them in turn; the embedded one with a server for this test."""
    client: dict[str, object]
    match request.param:
        case "memory":
            client = {"url": "memory:"}
        case "nats":
            client = {"url": request.getfixturevalue("nats_server").url}
        case _:
            client = {"url": "embedded:", "directory": str(tmp_path / "server")}
    return Site(request.param, {"default": client})
