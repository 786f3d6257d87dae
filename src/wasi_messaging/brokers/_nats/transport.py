"""nats-py's socket, closed for certain, and telling whether anything still moves on it."""

from __future__ import annotations

import asyncio
import fcntl
import struct
import termios
from contextlib import suppress
from urllib.parse import ParseResult

from nats.aio.transport import TcpTransport

CLOSING = 1.0
"""Seconds a socket may take to close."""


class BoundedTransport(TcpTransport):
    """nats-py's own, but it leaves no socket behind when a server answers nonsense, and closing it
    ends: after a failed TLS handshake nobody tells it that it is closed.

    Attributes:
        received: bytes so far.
        given: bytes so far that are to be sent.
    """

    received = 0
    given = 0

    def __bool__(self) -> bool:
        return True  # otherwise nats-py would make its own before the first connection

    async def connect(self, uri: ParseResult, buffer_size: int, connect_timeout: int) -> None:
        self.close()  # type: ignore[no-untyped-call]
        await super().connect(uri, buffer_size, connect_timeout)

    async def read(self, buffer_size: int) -> bytes:
        if self._io_reader is None:
            return b""
        data = await self._io_reader.read(buffer_size)
        self.received += len(data)
        return data

    def writelines(self, payload: list[bytes]) -> None:
        self.given += sum(map(len, payload))
        super().writelines(payload)  # type: ignore[no-untyped-call]

    async def wait_closed(self) -> None:
        try:
            async with asyncio.timeout(CLOSING):
                await super().wait_closed()  # type: ignore[no-untyped-call]
        except TimeoutError:
            self.abort()

    def abort(self) -> None:
        """Close the socket without sending what is buffered."""
        if self._io_writer is not None:
            self._io_writer.transport.abort()

    @property
    def buffered(self) -> int:
        """Bytes that the socket has not taken."""
        writer = self._io_writer
        return 0 if writer is None else writer.transport.get_write_buffer_size()

    @property
    def arrived(self) -> int:
        """Bytes so far that the other machine has taken; as far as the system tells."""
        socket = None if self._io_writer is None else self._io_writer.get_extra_info("socket")
        waiting = self.buffered
        with suppress(OSError, ValueError):  # closed, or a system that does not tell
            if socket is not None:
                told = fcntl.ioctl(socket.fileno(), termios.TIOCOUTQ, bytes(4))
                waiting += struct.unpack("i", told)[0]
        return self.given - waiting
