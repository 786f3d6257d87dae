"""Room in the buffer for what is sent, waited for only so long."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from typing import Any

from ...abc import Completion
from ...errors import BrokerTimeoutError
from .link import Link


class Room:
    """The completion of a message that is in the buffer already, which is over its limit.

    Waiting ends when the buffer is below its limit, or the connection is lost. It fails after
    ``publish_timeout``; the message then stays in the buffer all the same, because what was
    published after it may be there too.
    """

    __slots__ = ("_link", "_sent", "_topic")

    def __init__(self, link: Link, topic: str, sent: Completion) -> None:
        self._link = link
        self._topic = topic
        self._sent = sent

    def __await__(self) -> Generator[Any, None, None]:
        return self._wait().__await__()

    async def _wait(self) -> None:
        link = self._link
        limit = link.target.publish_timeout
        if self._sent is None:
            return
        try:
            async with asyncio.timeout(limit):
                await self._sent
        except TimeoutError:
            link.pulse.doubt()
            raise BrokerTimeoutError(
                f"topic {self._topic!r}: {link.address} has taken too little for {limit:g} s "
                "(publish_timeout); the message waits to be sent, and is if the server reads on"
            ) from None
