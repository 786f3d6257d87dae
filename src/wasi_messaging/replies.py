"""What comes back to a request.

Part of :mod:`wasi_messaging.abc`, from where it is to be imported.
"""

from __future__ import annotations

import asyncio

from .errors import BrokerError, BrokerTimeoutError, MessageRejectedError
from .message import Message

OVERHEAD = 256
"""Bytes that a reply takes besides its own."""


class Replies(asyncio.Future[None]):
    """Collects the replies to one request; done when enough have arrived, or it has failed.

    Args:
        topic: what was asked; for errors.
        expected: how many are enough, at least 1.
        max_size: bytes they may take together, each with :data:`OVERHEAD`; more make the request
            fail. ``None``: no limit.
    """

    def __init__(self, topic: str, expected: int, max_size: int | None) -> None:
        super().__init__()
        self.topic = topic
        self.expected = expected
        self.messages: list[Message] = []
        self._max_size = max_size
        self._size = 0

    def put(self, reply: Message) -> None:
        """Take a reply, unless nobody waits any more."""
        if self.done():
            return
        self._size += reply.size + OVERHEAD
        if self._max_size is not None and self._size > self._max_size:
            self.messages.clear()
            self.set_exception(
                MessageRejectedError(
                    f"the replies on {self.topic!r} are over {self._max_size:,} bytes together, "
                    "the memory of who asks; expect fewer, or give it more (memory)"
                )
            )
            return
        self.messages.append(reply)
        if len(self.messages) >= self.expected:
            self.set_result(None)

    def fail(self, error: BrokerError) -> None:
        """End it with an error, unless there are replies to hand over."""
        if not self.done() and not self.messages:
            self.set_exception(error)

    async def collect(self, timeout: float) -> list[Message]:
        """Wait for the replies, at most ``timeout`` seconds; later ones are discarded.

        Raises:
            BrokerTimeoutError: none came in time.
            BrokerError: it failed.
        """
        try:
            await asyncio.wait({self}, timeout=timeout)
        finally:
            in_time = not self.cancel()
        if in_time:
            self.result()
        elif not self.messages:
            raise BrokerTimeoutError(f"no reply on {self.topic!r} within {timeout:.3g} s")
        return self.messages
