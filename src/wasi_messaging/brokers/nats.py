"""``nats://…`` and ``tls://…`` – core NATS, and JetStream where the client has a ``stream``.

[clients.telemetry]                    # core NATS: at most once, nothing is stored
url = "nats://localhost:4222"

[clients.orders]                       # JetStream: stored, confirmed, at least once
url = "nats://localhost:4222"
stream = { name = "ORDERS", subjects = ["orders.>"], create = true }
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, ClassVar

from ..abc import Broker, BrokerSettings
from ..errors import BrokerError
from ._nats.broker import NatsProtocolBroker
from ._nats.settings import (
    NatsSettings,
    StreamSettings,
    login_in,
    parse_address,
    place,
    plain,
)
from ._nats.target import Target, tls_context

__all__ = ["NatsBroker", "NatsSettings", "StreamSettings"]


class NatsBroker(NatsProtocolBroker):
    """A connection to a NATS server or cluster."""

    settings_type: ClassVar[type[BrokerSettings]] = NatsSettings
    settings: NatsSettings

    def __init__(self, settings: NatsSettings) -> None:
        super().__init__(settings, settings.stream)
        self.pending = (settings.pending_messages, settings.pending_bytes)

    @property
    def address(self) -> str:
        return ",".join(plain(parse_address(url)) for url in self.settings.url.split(","))

    @property
    def places(self) -> set[tuple[str, int]]:
        """Host and port of every server."""
        return {place(parse_address(url)) for url in self.settings.url.split(",")}

    def is_same(self, other: Broker) -> bool:
        """Whatever their logins and streams: a stream stores what anybody publishes. Once both are
        connected, a server that goes by several names is known too.
        """
        if not isinstance(other, NatsBroker):
            return False
        server = self.server_id
        return not self.places.isdisjoint(other.places) or (
            server is not None and server == other.server_id
        )

    async def reach(self) -> Target:
        settings = self.settings
        addresses = [parse_address(url) for url in settings.url.split(",")]
        secure = any(parts.scheme == "tls" for parts in addresses)
        domain = settings.stream.domain if settings.stream else None
        return Target(
            servers=[plain(parts) for parts in addresses],
            options=await asyncio.to_thread(_options, settings, self.address, secure=secure),
            secure=secure,
            connect_timeout=settings.connect_timeout,
            publish_timeout=settings.publish_timeout,
            api_prefix=f"$JS.{domain}.API" if domain else "$JS.API",
        )

    def summary(self) -> str:
        if self.stream is None:
            return f"core NATS at {self.address}, at most once: nothing is stored or redelivered"
        durable = "durable" if self.capabilities.durable else "in memory"
        return f"NATS JetStream {self.stream.name!r} at {self.address}, {durable}, at least once"


def _options(settings: NatsSettings, address: str, *, secure: bool) -> dict[str, Any]:
    """Arguments of nats-py's ``connect`` for the settings."""
    user, password = login_in(settings.url)
    options: dict[str, Any] = {"name": settings.name, "inbox_prefix": settings.inbox_prefix}
    if user is not None:
        options |= {"token": user} if password is None else {"user": user, "password": password}
    if settings.user is not None and settings.password is not None:
        options |= {"user": settings.user, "password": settings.password.get_secret_value()}
    if settings.token is not None:
        options["token"] = settings.token.get_secret_value()
    if settings.credentials is not None:
        _holds(settings.credentials, b"BEGIN NATS USER JWT", "a credentials file")
        options["user_credentials"] = str(settings.credentials)
    if settings.nkey is not None:
        _holds(settings.nkey, b"SU", "an nkey seed of a user")
        options["nkeys_seed"] = str(settings.nkey)
    files = [settings.tls_ca, settings.tls_cert, settings.tls_key]
    if secure or any(files):
        ca, cert, key = (None if file is None else str(file) for file in files)
        options["tls"] = tls_context(ca, cert, key, address)
        if settings.tls_hostname is not None:
            options["tls_hostname"] = settings.tls_hostname
    return options


def _holds(file: Path, mark: bytes, what: str) -> None:
    """Raise unless a file is what it is taken for; nats-py would only stumble over it."""
    try:
        found = mark in file.read_bytes()
    except OSError as error:
        raise BrokerError(f"cannot read {file}, {what}: {error.strerror}") from error
    if not found:
        raise BrokerError(f"{file} is not {what}")
