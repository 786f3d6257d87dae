"""Many messages on their way to a broker at once, each confirmed before it counts."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from ..abc import Broker
from ..errors import BrokerError
from ..message import Message

MAX_MESSAGES = 1024
MAX_BYTES = 64 * 2**20
PAUSE_EVERY = 256


class Pipeline:
    """Publishes without waiting for each confirmation.

    Attributes:
        started: messages handed to the broker.
        confirmed: … that it took responsibility for.
        confirmed_bytes: their bodies.
        failure: the first that failed: its position and the error.
    """

    def __init__(self, broker: Broker, progress: Callable[[int], None] | None = None) -> None:
        self.started = 0
        self.confirmed = 0
        self.confirmed_bytes = 0
        self.failure: tuple[str, BrokerError] | None = None
        self._broker = broker
        self._progress = progress
        self._unexpected: BaseException | None = None
        self._waiting: set[asyncio.Future[None]] = set()
        self._bytes = 0
        self._room = asyncio.Event()

    async def send(self, position: str, topic: str, message: Message) -> None:
        """Hand over one message; wait while too many are unconfirmed.

        Args:
            position: where the message comes from, for errors.
            topic: where it goes.
            message: the message.
        """
        await self._wait_for_room()
        if self.failure is not None:
            return
        try:
            completion = self._broker.publish(topic, message)
        except BrokerError as error:
            self._fail(position, error)
            return
        self.started += 1
        if completion is None:
            self._confirm(len(message.data))
        else:
            self._watch(completion, position, len(message.data))
        if self.started % PAUSE_EVERY == 0:
            await asyncio.sleep(0)

    async def finish(self) -> None:
        """Wait until every message handed over is confirmed or has failed."""
        while self._waiting:
            await asyncio.wait(self._waiting)
            await asyncio.sleep(0)  # for the callbacks of those that are done
        if self._unexpected is not None:
            raise self._unexpected

    def _watch(self, completion: Awaitable[None], position: str, size: int) -> None:
        future = asyncio.ensure_future(completion)
        self._waiting.add(future)
        self._bytes += size
        future.add_done_callback(partial(self._done, position, size))

    def _done(self, position: str, size: int, future: asyncio.Future[None]) -> None:
        self._waiting.discard(future)
        self._bytes -= size
        self._room.set()
        if future.cancelled():
            return
        error = future.exception()
        if error is None:
            self._confirm(size)
        elif isinstance(error, BrokerError):
            self._fail(position, error)
        else:
            self._unexpected = self._unexpected or error

    def _confirm(self, size: int) -> None:
        self.confirmed += 1
        self.confirmed_bytes += size
        if self._progress is not None:
            self._progress(self.confirmed)

    def _fail(self, position: str, error: BrokerError) -> None:
        if self.failure is None:
            self.failure = (position, error)

    async def _wait_for_room(self) -> None:
        while len(self._waiting) >= MAX_MESSAGES or self._bytes >= MAX_BYTES:
            self._room.clear()
            await self._room.wait()
