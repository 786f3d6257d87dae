"""A network that misbehaves on demand, between a client and a server.

async with FaultProxy("127.0.0.1", server.port) as proxy:
    broker = NatsBroker(NatsSettings(url=f"nats://127.0.0.1:{proxy.port}"))
    ...
    proxy.cut()
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections import deque
from contextlib import suppress
from typing import Self

__all__ = ["FaultProxy"]

CHUNK = 32 * 1024
HELD = 512 * 1024
"""Bytes that are on their way in one direction of a connection, while latency keeps them."""
CLOSING = 1.0
"""Seconds in which the last bytes before a cut must leave."""
RESET = struct.pack("ii", 1, 0)
"""As ``SO_LINGER``: closing sends a reset instead of what is left."""


class FaultProxy:
    """Forwards TCP connections from a free loopback port, until told to do worse.

    What is set holds for connections that are open and for those to come.

    Args:
        host: of the server.
        port: of the server.

    Attributes:
        port: where clients connect; known inside ``async with``.
        latency: seconds that bytes take longer, in each direction.
        bandwidth: bytes a second in each direction of a connection; ``None``: as fast as it can.
        refuse: reset whoever connects; what is open stays open.
        accepted: connections that were let in so far.
    """

    def __init__(self, host: str, port: int) -> None:
        self.port = 0
        self.latency = 0.0
        self.bandwidth: float | None = None
        self.refuse = False
        self.accepted = 0
        self._target = (host, port)
        self._stalled = False
        self._until_cut: int | None = None
        self._server: asyncio.Server | None = None
        self._connections: dict[_Connection, asyncio.Task[None]] = {}

    @property
    def address(self) -> tuple[str, int]:
        """Where clients connect."""
        return "127.0.0.1", self.port

    @property
    def connections(self) -> int:
        """How many are open."""
        return len(self._connections)

    def cut(self) -> None:
        """Reset every connection, at both ends. Bytes on their way are lost."""
        self._until_cut = None
        for connection, task in self._connections.items():
            connection.reset()
            task.cancel()

    def cut_after(self, count: int) -> None:
        """Cut as soon as ``count`` more bytes have passed, in whichever direction; once.

        The last of them arrives, so this ends connections in the middle of a frame.
        """
        self._until_cut = max(count, 1)

    def stall(self, *, only_open: bool = False) -> None:
        """Forward nothing and close nothing, as if the cable were unplugged.

        Args:
            only_open: connections made from now on work, as after the restart of a firewall.
        """
        self._stalled = not only_open
        for connection in self._connections:
            connection.flowing.clear()

    def go_on(self) -> None:
        """End :meth:`stall`. What was held is forwarded, and what was closed meanwhile closes."""
        self._stalled = False
        for connection in self._connections:
            connection.flowing.set()

    def retarget(self, host: str, port: int) -> None:
        """Lead to another server from now on; connections to the one before are cut."""
        self._target = (host, port)
        self.cut()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port, limit=CHUNK)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self.refuse = True
        if self._server is not None:
            self._server.close()
        self.cut()
        if self._connections:
            await asyncio.wait(self._connections.values())
        if self._server is not None:
            await self._server.wait_closed()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.refuse:
            _reset(writer)
            return
        self.accepted += 1
        connection = _Connection(self, reader, writer)
        if not self._stalled:
            connection.flowing.set()
        task = asyncio.get_running_loop().create_task(connection.run(self._target))
        self._connections[connection] = task
        task.add_done_callback(lambda _: self._connections.pop(connection, None))

    def allow(self, count: int) -> tuple[int, bool]:
        """How many of so many bytes may pass, and whether the cut comes after them."""
        if self._until_cut is None:
            return count, False
        passing = min(count, self._until_cut)
        self._until_cut -= passing
        return passing, passing > 0 and not self._until_cut


class _Connection:
    """A client's connection, and the one to the server that belongs to it."""

    def __init__(
        self, proxy: FaultProxy, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.flowing = asyncio.Event()
        self._proxy = proxy
        self._reader = reader
        self._writers = [writer]

    async def run(self, target: tuple[str, int]) -> None:
        try:
            await self.flowing.wait()
            reader, writer = await asyncio.open_connection(*target, limit=CHUNK)
            self._writers.append(writer)
            async with asyncio.TaskGroup() as group:
                for way in (_Way(self._reader, writer), _Way(reader, self._writers[0])):
                    group.create_task(self._take(way))
                    group.create_task(self._give(way))
        except* OSError:
            pass  # one end is gone: so is the other
        finally:
            self.reset()
            try:
                async with asyncio.timeout(CLOSING):
                    for writer in self._writers:
                        with suppress(OSError):
                            await writer.wait_closed()
            except TimeoutError:
                pass
            finally:
                for writer in self._writers:
                    writer.transport.abort()

    def reset(self) -> None:
        for writer in self._writers:
            _reset(writer)

    async def _take(self, way: _Way) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self.flowing.wait()
            try:
                data = await way.reader.read(CHUNK)
            except OSError:
                await self.flowing.wait()  # the other end learns nothing through a stalled network
                raise
            await way.room.wait()
            way.put(data, loop.time() + self._proxy.latency)
            if not data:
                return

    async def _give(self, way: _Way) -> None:
        loop, proxy = asyncio.get_running_loop(), self._proxy
        while True:
            await way.filled.wait()
            data, due = way.first()
            await asyncio.sleep(max(0.0, due - loop.time()))
            await self.flowing.wait()
            if not data:
                with suppress(OSError):  # the other direction may have ended it
                    way.writer.write_eof()
                return
            passing, is_last = proxy.allow(len(data))
            for piece in self._pieces(data[:passing]):
                if proxy.bandwidth is not None:
                    await asyncio.sleep(len(piece) / proxy.bandwidth)
                await self.flowing.wait()
                way.writer.write(piece)
                await way.writer.drain()
            if is_last:
                way.writer.close()  # which sends what it has; reset() would drop that
                proxy.cut()
            if passing < len(data):
                return  # the cut comes as soon as somebody's last bytes are out
            way.drop()

    def _pieces(self, data: bytes) -> list[bytes]:
        """Small enough to take a twentieth of a second at most."""
        bandwidth = self._proxy.bandwidth
        size = CHUNK if bandwidth is None else max(1, int(bandwidth / 20))
        return [data[start : start + size] for start in range(0, len(data), size)]


class _Way:
    """One direction: what was read, and when it is due at the other end."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.filled = asyncio.Event()
        self.room = asyncio.Event()
        self.room.set()
        self._held: deque[tuple[bytes, float]] = deque()
        self._size = 0

    def put(self, data: bytes, due: float) -> None:
        self._held.append((data, due))
        self._size += len(data)
        self.filled.set()
        if self._size >= HELD:
            self.room.clear()

    def first(self) -> tuple[bytes, float]:
        return self._held[0]

    def drop(self) -> None:
        self._size -= len(self._held.popleft()[0])
        if self._size < HELD:
            self.room.set()
        if not self._held:
            self.filled.clear()


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close at once, unless it is closing already."""
    if not writer.transport.is_closing():
        with suppress(OSError):
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        writer.transport.abort()
