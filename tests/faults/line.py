"""The campaign's own way to the broker, by the plain client library and nothing of the product.

The library's reconnecting is off. Whoever meets a failure drops the connection, and the next call
makes a new one; so no doubt is left about what was confirmed on which connection.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import NamedTuple

import nats
from nats.aio.client import Client
from nats.js import JetStreamContext

CONNECT_WITHIN = 2
PAUSE = 0.1
FAILURES = (nats.errors.Error, OSError, TimeoutError)
"""What a broker that is away looks like."""


class Address(NamedTuple):
    """Where a server listens, and the token it asks for."""

    url: str
    token: str | None = None


class Line:
    """A connection that is made again whenever it is needed and there is none.

    Args:
        address: where the server is now; raises :class:`OSError` while nobody knows.
    """

    def __init__(self, address: Callable[[], Address]) -> None:
        self._address = address
        self._client: Client | None = None
        self._one_at_a_time = asyncio.Lock()

    async def jetstream(self) -> JetStreamContext:
        """Of the connection.

        Raises:
            FAILURES: there is none to be had now.
        """
        async with self._one_at_a_time:
            if self._client is None or not self._client.is_connected:
                await self._close()
                self._client = await self._connect()
            return self._client.jetstream(timeout=CONNECT_WITHIN)

    async def patiently(self, seconds: float) -> JetStreamContext:
        """As :meth:`jetstream`, for somebody who can wait so long."""
        ends = asyncio.get_running_loop().time() + seconds
        while True:
            try:
                return await self.jetstream()
            except FAILURES:
                if asyncio.get_running_loop().time() > ends:
                    raise
                await asyncio.sleep(PAUSE)

    async def close(self) -> None:
        """Close it; the next call opens another."""
        async with self._one_at_a_time:
            await self._close()

    async def _connect(self) -> Client:
        url, token = self._address()
        async with asyncio.timeout(CONNECT_WITHIN):
            return await nats.connect(
                url,
                name="fault campaign",
                token=token,
                allow_reconnect=False,
                connect_timeout=CONNECT_WITHIN,
                error_cb=_nothing,
            )

    async def _close(self) -> None:
        client, self._client = self._client, None
        if client is not None and not client.is_closed:
            with contextlib.suppress(*FAILURES):  # it may be broken already
                await client.close()


def ignore_leftovers(loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
    """Handler for a loop: what nats-py leaves behind when a server dies is no finding of ours.

    Its tasks end with the error of the connection, which nobody fetches, or do not end at all.
    """
    if "/nats/aio/" not in repr(context.get("future") or context.get("task")):
        loop.default_exception_handler(context)


async def _nothing(_: Exception) -> None:
    """Errors reach whoever made the call; the library would log them as well."""
