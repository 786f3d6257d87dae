"""The misbehaving network does what it is told, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from wasi_messaging.testing.proxy import FaultProxy

from .fake_nats import until


class Echo:
    """A server that answers every byte with itself, after its name."""

    def __init__(self, name: bytes = b"") -> None:
        self.name = name
        self.port = 0
        self.open = 0
        self.heard = b""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self.open += 1
        with suppress(OSError):
            writer.write(self.name)
            while data := await reader.read(65536):
                self.heard += data
                writer.write(data)
                await writer.drain()
        self.open -= 1
        writer.close()


@asynccontextmanager
async def echo(name: bytes = b"") -> AsyncIterator[Echo]:
    """A server on a free port."""
    one = Echo(name)
    server = await asyncio.start_server(one.serve, "127.0.0.1", 0)
    one.port = server.sockets[0].getsockname()[1]
    try:
        yield one
    finally:
        await until(lambda: not one.open)
        server.close()
        await server.wait_closed()


@asynccontextmanager
async def client(
    proxy: FaultProxy,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection through the proxy."""
    reader, writer = await asyncio.open_connection(*proxy.address)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()
        with suppress(OSError):
            await writer.wait_closed()


async def ask(connection: tuple[asyncio.StreamReader, asyncio.StreamWriter], data: bytes) -> bytes:
    """Send, and wait for as many bytes."""
    reader, writer = connection
    writer.write(data)
    return await asyncio.wait_for(reader.readexactly(len(data)), 10)


async def test_it_forwards_unchanged() -> None:
    """Every byte, in both directions, and the end of a stream in one of them."""
    data = bytes(range(256)) * 8192
    async with echo() as server, FaultProxy("127.0.0.1", server.port) as proxy:
        async with client(proxy) as (reader, writer):
            sending = asyncio.ensure_future(ask((reader, writer), data))
            assert await sending == data
            writer.write_eof()
            assert await asyncio.wait_for(reader.read(), 5) == b""
        await until(lambda: not proxy.connections)
        assert proxy.accepted == 1


async def test_nobody_behind_it() -> None:
    """Whoever connects is reset."""
    async with FaultProxy("127.0.0.1", 9) as proxy, client(proxy) as (reader, _):
        with pytest.raises(ConnectionResetError):
            await asyncio.wait_for(reader.read(1), 5)


async def test_cut() -> None:
    """Both ends see it at once, and the next connection works."""
    async with echo() as server, FaultProxy("127.0.0.1", server.port) as proxy:
        async with client(proxy) as connection:
            await ask(connection, b"before")
            proxy.cut()
            with pytest.raises(ConnectionResetError):
                await asyncio.wait_for(connection[0].read(1), 5)
            await until(lambda: not server.open)
        async with client(proxy) as connection:
            assert await ask(connection, b"after") == b"after"


@pytest.mark.parametrize("count", [1, 7, 1000, 100_000])
async def test_cut_after(count: int) -> None:
    """Exactly so many bytes pass, once."""
    async with echo() as server, FaultProxy("127.0.0.1", server.port) as proxy:
        async with client(proxy) as (reader, writer):
            proxy.cut_after(count)
            writer.write(bytes(300_000))
            received = b""
            with suppress(ConnectionResetError):
                while data := await asyncio.wait_for(reader.read(65536), 5):
                    received += data
            await until(lambda: not server.open)
            assert len(server.heard) + len(received) == count
        async with client(proxy) as connection:
            assert len(await ask(connection, bytes(300_000))) == 300_000


async def test_refuse() -> None:
    """Nobody comes in; who is in stays."""
    async with echo() as server, FaultProxy("127.0.0.1", server.port) as proxy:
        async with client(proxy) as inside:
            await ask(inside, b"in")
            proxy.refuse = True
            async with client(proxy) as (reader, _):
                with pytest.raises(ConnectionResetError):
                    await asyncio.wait_for(reader.read(1), 5)
            assert await ask(inside, b"still in") == b"still in"
        proxy.refuse = False
        async with client(proxy) as connection:
            assert await ask(connection, b"x") == b"x"
        assert proxy.accepted == 2


async def test_stall() -> None:
    """Nothing passes and nothing is closed, whatever the ends do; then all of it does."""
    async with echo() as server, FaultProxy("127.0.0.1", server.port) as proxy:
        async with client(proxy) as stalled:
            await ask(stalled, b"before")
            proxy.stall()
            async with client(proxy) as (reader, writer):
                for one in (writer, stalled[1]):
                    one.write(b"held")
                with pytest.raises(TimeoutError):
                    await asyncio.wait_for(reader.read(1), 0.2)
                assert server.heard == b"before"
                proxy.go_on()
                assert await asyncio.wait_for(reader.readexactly(4), 5) == b"held"
            assert await asyncio.wait_for(stalled[0].readexactly(4), 5) == b"held"
            await until(lambda: server.open == 1)
            proxy.stall()
        await asyncio.sleep(0.1)
        assert server.open == 1  # it does not know that its client has gone
        proxy.go_on()
        await until(lambda: not server.open)


async def test_stall_what_is_open_only() -> None:
    """Who connects then is served."""
    async with (
        echo() as server,
        FaultProxy("127.0.0.1", server.port) as proxy,
        client(proxy) as (reader, writer),
    ):
        await ask((reader, writer), b"before")
        proxy.stall(only_open=True)
        writer.write(b"x")
        async with client(proxy) as connection:
            assert await ask(connection, b"new") == b"new"
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(1), 0.1)


async def test_retarget() -> None:
    """Another server takes over."""
    async with (
        echo(b"one") as one,
        echo(b"two") as two,
        FaultProxy("127.0.0.1", one.port) as proxy,
        client(proxy) as (reader, _),
    ):
        assert await reader.readexactly(3) == b"one"
        proxy.retarget("127.0.0.1", two.port)
        with pytest.raises(ConnectionResetError):
            await asyncio.wait_for(reader.read(1), 5)
        async with client(proxy) as (reader, _):
            assert await reader.readexactly(3) == b"two"


async def test_latency_and_bandwidth() -> None:
    """Each direction takes its time; what follows is not kept waiting for an answer."""
    async with (
        echo() as server,
        FaultProxy("127.0.0.1", server.port) as proxy,
        client(proxy) as connection,
    ):
        proxy.latency = 0.1
        began = time.monotonic()
        await ask(connection, b"x" * 1000)
        assert time.monotonic() - began >= 0.2
        began = time.monotonic()
        for _ in range(50):
            connection[1].write(b"x")
            await asyncio.sleep(0.005)
        await connection[0].readexactly(50)
        assert time.monotonic() - began < 50 * 0.2 / 2
        proxy.latency, proxy.bandwidth = 0.0, 100_000
        began = time.monotonic()
        await ask(connection, bytes(20_000))
        assert time.monotonic() - began >= 0.2


async def test_it_leaves_nothing_behind() -> None:
    """No task and no socket, with connections in whatever state."""
    tasks = asyncio.all_tasks()
    async with echo() as server:
        proxy = FaultProxy("127.0.0.1", server.port)
        async with proxy:
            proxy.latency = 0.05
            clients = [await asyncio.open_connection(*proxy.address) for _ in range(5)]
            await until(lambda: server.open == 5)
            for _, writer in clients:
                writer.write(bytes(100_000))
            await asyncio.sleep(0.1)
            proxy.stall()
        for _, writer in clients:
            writer.transport.abort()
            with suppress(OSError):
                await writer.wait_closed()
        await until(lambda: not server.open)
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(*proxy.address)
    assert asyncio.all_tasks() == tasks
    gc.collect()
