"""Whether the other end of a connection is still there."""

from __future__ import annotations

import asyncio
import logging

from .client import RawClient

log = logging.getLogger("wasi_messaging.brokers.nats")


class Pulse:
    """Looks when there is a doubt. Nobody closes a connection whose other end has vanished, and
    the client library's own look at it comes only every twenty seconds.

    Args:
        patience: seconds of complete silence after which a connection is given up.
    """

    def __init__(self, client: RawClient, address: str, patience: float) -> None:
        self._client = client
        self._address = address
        self._patience = patience
        self._look: asyncio.Task[None] | None = None

    def doubt(self) -> None:
        """Something went unanswered: see whether the server answers, and connect anew if not."""
        if self._client.is_connected and (self._look is None or self._look.done()):
            self._look = asyncio.get_running_loop().create_task(self._answer_or_reconnect())

    async def _answer_or_reconnect(self) -> None:
        if not await self._client.answers(self._patience):
            log.warning(
                "%s: silent for %g s; giving this connection up", self._address, self._patience
            )
            self._client.abandon()

    def stop(self) -> None:
        if self._look is not None:
            self._look.cancel()
