"""What ties a worker to its supervisor: a socket, which is the worker's standard input.

Its end tells the worker that nobody looks after it any more. A line from the supervisor asks for
the worker's metrics; the answer is a line with a number of bytes, then so many bytes of text. What
the worker says last is its exit status.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

logger = logging.getLogger("wasi_messaging.workers")

ALL_STOPPED = 69
"""Exit status of a worker all of whose subscriptions have stopped because of a message. Not 1, as
for the command: Python itself ends with 1 where it cannot even import the worker."""

_STDIN = 0
_QUESTION = b"metrics\n"


class WorkersEnd:
    """In the worker. Listens while its context lasts.

    Args:
        metrics: gathers what is told to the supervisor, beside the metrics of the process; nothing
            before the worker runs.
        abandoned: called when the supervisor is gone.
    """

    def __init__(self, metrics: Callable[[], list[Metric]], abandoned: Callable[[], None]) -> None:
        self._metrics = metrics
        self._abandoned = abandoned
        self._listening: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        connection = socket.socket(fileno=os.dup(_STDIN))
        reader, writer = await asyncio.open_connection(sock=connection)
        self._listening = asyncio.create_task(self._listen(reader, writer))
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.wait({self._listening})

    async def _listen(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.readline():
                text = await self._text()
                writer.write(b"%d\n%b" % (len(text), text))
                await writer.drain()
        except OSError as error:
            logger.debug("the supervisor's line broke: %s", error)
        finally:
            writer.close()
        self._abandoned()

    async def _text(self) -> bytes:
        from ..metrics.process import with_process  # only who wants metrics waits for the imports
        from ..metrics.text import dump

        try:
            return await asyncio.to_thread(dump, with_process(self._metrics()))
        except Exception:  # the supervisor shows that they are missing; the worker goes on
            logger.exception("the metrics could not be read")
            return await asyncio.to_thread(dump, [])


class SupervisorsEnd:
    """In the supervisor: one worker, from its start on.

    Make it with :meth:`open`.
    """

    def __init__(
        self, index: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._index = index
        self._silent = False
        self._reader = reader
        self._writer = writer
        self._asking: asyncio.Task[list[Metric]] | None = None

    @classmethod
    async def open(cls, index: int) -> tuple[Self, socket.socket]:
        """A new line, and the socket that becomes the worker's standard input.

        Args:
            index: the worker's number.

        Raises:
            OSError: no descriptor is left, or no memory.
        """
        ours, theirs = socket.socketpair()
        try:
            return cls(index, *await asyncio.open_connection(sock=ours)), theirs
        except BaseException:
            ours.close()
            theirs.close()
            raise

    async def metrics(self, patience: float) -> list[Metric]:
        """What the worker tells; nothing if it does not run yet, has ended, or does not answer.

        A question is asked once: an answer that comes too late is taken before the next question.

        Args:
            patience: seconds to wait at most.
        """
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask())
        asking = self._asking
        await asyncio.wait({asking}, timeout=patience)
        was_silent, self._silent = self._silent, not asking.done()
        if self._silent:
            if not was_silent:  # not once a scrape
                text = "worker %d does not tell its metrics within %g s"
                logger.warning(text, self._index, patience)
            return []
        try:
            return asking.result()
        except (OSError, asyncio.IncompleteReadError) as error:
            logger.debug("a worker ended before it told its metrics: %r", error)
        except asyncio.CancelledError:
            if not asking.cancelled():
                raise
        return []

    async def _ask(self) -> list[Metric]:
        from ..metrics.text import load

        self._writer.write(_QUESTION)
        await self._writer.drain()
        size = await self._reader.readuntil(b"\n")
        text = await self._reader.readexactly(int(size))
        return await asyncio.to_thread(load, text)

    async def close(self) -> None:
        """The worker has ended."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.wait({self._asking})
        self._writer.close()
