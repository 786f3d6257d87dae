"""A server that says what a test wants it to say, and keeps what it hears."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path


class FakeNats:
    """Speaks as much NATS as a client needs to connect, unless told otherwise."""

    def __init__(self) -> None:
        self.port = 0
        self.info: dict[str, object] = {"max_payload": 1000, "headers": True, "version": "2.11.0"}
        self.greeting = True
        self.answer = b"PONG\r\n"
        self.pongs = 10**6
        self.heard: list[bytes] = []
        self.writers: list[asyncio.StreamWriter] = []
        self.heard_more = asyncio.Event()

    @property
    def url(self) -> str:
        """Its address."""
        return f"nats://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self.writers.append(writer)
        if self.greeting:
            writer.write(b"INFO " + json.dumps(self.info).encode() + b"\r\n")
        while line := await reader.readline():
            self.heard.append(line)
            self.heard_more.set()
            if line.startswith((b"PUB", b"HPUB")):
                size = int(line.split()[-1])
                self.heard.append(await reader.readexactly(size + 2))
            elif line == b"PING\r\n" and self.pongs:
                self.pongs -= 1
                writer.write(self.answer)
        writer.close()

    async def until_heard(self, wanted: bytes, count: int = 1) -> None:
        """Wait until lines starting so have come."""
        async with asyncio.timeout(5):
            while sum(line.startswith(wanted) for line in self.heard) < count:
                self.heard_more.clear()
                await self.heard_more.wait()


@asynccontextmanager
async def fake_nats() -> AsyncIterator[FakeNats]:
    """A fake server on a free port."""
    fake = FakeNats()
    server = await asyncio.start_server(fake.serve, "127.0.0.1", 0)
    fake.port = server.sockets[0].getsockname()[1]
    try:
        yield fake
    finally:
        server.close()
        for writer in fake.writers:
            writer.close()
        await server.wait_closed()


async def until(condition: Callable[[], object], timeout: float = 5.0) -> None:
    """Wait until something is so that tells nobody when it is."""
    async with asyncio.timeout(timeout):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


@asynccontextmanager
async def frozen(pid: int) -> AsyncIterator[None]:
    """A process that does nothing in the meantime."""

    def is_stopped() -> bool:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"

    os.kill(pid, signal.SIGSTOP)
    try:
        await until(is_stopped)
        yield
    finally:
        os.kill(pid, signal.SIGCONT)
