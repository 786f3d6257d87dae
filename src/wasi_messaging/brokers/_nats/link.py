"""A connection that comes back by itself, and everybody who must know when it goes and comes."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

from nats import errors as nats_errors
from nats.aio.client import Server
from nats.aio.subscription import Subscription

from ...errors import BrokerPermissionError, BrokerUnavailableError
from . import errors
from .api import Api
from .client import Handler, RawClient
from .confirms import Confirms
from .pulse import Pulse
from .replies import Requests
from .target import Target

log = logging.getLogger("wasi_messaging.brokers.nats")

BUFFER = 8 * 2**20
"""Bytes of outgoing commands that may wait for the socket before publishing waits too."""
PING_INTERVAL = 20
FIRST_DELAY = 0.05


class ConnectionListener(Protocol):
    """A subscription, as the connection sees it.

    Attributes:
        stored: what is published while the connection is lost still comes.
    """

    stored: bool

    def lost(self) -> None:
        """The connection is gone."""

    def restored(self) -> None:
        """It is back; plain subscriptions were renewed already."""


class Link:
    """The connection of one broker.

    Attributes:
        losses: how often it was lost.
    """

    def __init__(self, target: Target, *, on_change: Callable[..., None] | None = None) -> None:
        self.target = target
        self.address = target.address
        self.client = RawClient(secure=target.secure)
        self.pulse = Pulse(self.client, self.address, target.connect_timeout)
        self.requests = Requests(self.client, self.address)
        self.confirms = Confirms(
            self.client, self.address, target.publish_timeout, on_late=self.pulse.doubt
        )
        self.api = Api(self.client, target, self.requests, self.pulse)
        self.listeners: dict[ConnectionListener, None] = {}
        self.losses = 0
        self._on_change = on_change
        self._attempts = 0
        self._open = False
        self._last_error: Exception | None = None
        self._denied: set[str] = set()

    async def open(self) -> None:
        """Connect once.

        Raises:
            BrokerUnavailableError: nobody answers.
            BrokerPermissionError: the login is refused.
        """
        client, timeout = self.client, self.target.connect_timeout
        try:
            async with asyncio.timeout(timeout):
                # One round over the servers; reconnecting for ever starts with the connection.
                options: dict[str, Any] = {"connect_timeout": timeout, **self.target.options}
                await client.connect(
                    servers=self.target.servers,
                    error_cb=self._error,
                    disconnected_cb=self._disconnected,
                    reconnected_cb=self._reconnected,
                    reconnect_to_server_handler=self._next_server,
                    allow_reconnect=False,
                    max_reconnect_attempts=1,
                    reconnect_time_wait=0,
                    ping_interval=PING_INTERVAL,
                    pending_size=BUFFER,
                    **options,
                )
        except Exception as error:  # nats-py and nkeys raise what they like
            await self._abandon()
            timed_out = isinstance(error, TimeoutError | nats_errors.NoServersError)
            cause = self._last_error if timed_out and self._last_error else error
            raise errors.connecting(cause, self.address) from cause
        except asyncio.CancelledError:
            await self._abandon()
            raise
        client.options.update(allow_reconnect=True, max_reconnect_attempts=-1)
        self._open = True
        try:
            await self.requests.open()
            await self.confirms.open()
            await self.settle()
        except nats_errors.Error as error:
            await self.close()
            raise errors.connecting(error, self.address) from error
        except BaseException:
            await self.close()
            raise

    async def _abandon(self) -> None:
        """Close what did not become a connection."""
        with suppress(Exception):  # before the first attempt nats-py has nothing it could close
            await self.client.disconnect()

    async def close(self) -> None:
        """Send what is buffered, wait until the server has it, disconnect.

        A server that does not read is given up after seconds, and what it did not read with it.
        """
        client, was_open, answered = self.client, self._open, False
        try:
            if was_open and client.is_connected:
                answered = await client.finish()
        finally:
            unsent = 0 if answered else client.discard()
            if was_open and not answered and (unsent or client.is_connected):
                log.warning(
                    "%s: closing without an answer of the server: %s bytes were not sent, and what "
                    "was sent last may not have arrived. Messages among it are lost, unless their "
                    "sender was told; deliveries whose acknowledgement it was come again",
                    self.address,
                    f"{unsent:,}",
                )
            self._open = False
            self.pulse.stop()
            self.confirms.close()
            self.requests.lost()
            client.release()
            await client.disconnect()

    @property
    def max_payload(self) -> int:
        """Bytes of headers and body together that the server takes."""
        return self.client.max_payload

    def check(self) -> None:
        """Raise unless connected."""
        if not self.client.is_connected:
            raise errors.not_connected(self.address)

    async def attach(self, subject: str, handler: Handler, queue: str = "") -> Subscription:
        """Subscribe; return once the server has processed it.

        Raises:
            BrokerPermissionError: these credentials may not.
        """
        self.check()
        try:
            subscription = await self.client.attach(subject, handler, queue)
        except nats_errors.Error as error:
            raise errors.not_connected(self.address) from error
        try:
            await self.settle()
        except BaseException:
            self.client.drop(subscription)
            raise
        if subject in self._denied:
            self._denied.discard(subject)
            await self.client.detach(subscription, flush=False)
            raise BrokerPermissionError(
                f"{self.address} does not let these credentials subscribe to {subject!r}"
            )
        return subscription

    async def settle(self) -> None:
        """Wait until the server has processed all that was sent."""
        if not await self.client.round_trip(self.target.connect_timeout):
            raise BrokerUnavailableError(f"{self.address} does not answer")

    async def _error(self, error: Exception) -> None:
        self._last_error = error
        refused = errors.denied(error)
        if refused is None:
            if self._open:
                log.warning("%s: %s", self.address, str(error) or type(error).__name__)
            return
        action, subject = refused
        log.error("%s: these credentials may not %s %r", self.address, action, subject)
        if action == "publish":
            self.confirms.denied(subject)
            self.requests.denied(subject)
        else:
            self._denied.add(subject)

    async def _disconnected(self) -> None:
        self.client.release()
        self.confirms.lost()
        self.requests.lost()
        if not self._open:
            return
        self.losses += 1
        exposed = sum(not listener.stored for listener in self.listeners)
        log.warning(
            "%s: connection lost; reconnecting%s",
            self.address,
            f"; subscriptions that lose what is published meanwhile: {exposed}" if exposed else "",
        )
        for listener in list(self.listeners):
            listener.lost()
        if self._on_change is not None:
            self._on_change(connected=False)

    async def _reconnected(self) -> None:
        self._attempts = 0
        log.info("%s: connected again", self.address)
        for listener in list(self.listeners):
            listener.restored()
        if self._on_change is not None:
            self._on_change(connected=True)

    def _next_server(
        self, servers: list[Server], _info: dict[str, Any]
    ) -> tuple[Server | None, float]:
        """Every server in turn, the pause growing with each round."""
        attempt, self._attempts = self._attempts, self._attempts + 1
        delay = min(self.target.max_delay, FIRST_DELAY * 2.0 ** min(attempt // len(servers), 16))
        return servers[attempt % len(servers)], delay * random.uniform(0.5, 1.0)  # noqa: S311

    def use_servers(self, servers: list[str]) -> None:
        """Reconnect to these from now on."""
        self.client.set_server_pool(servers)
        self._attempts = 0
