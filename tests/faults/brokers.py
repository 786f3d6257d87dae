"""The brokers of a campaign: a nats-server behind a proxy for each host, or ``embedded:``."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Protocol

from nats.js.api import StreamConfig

from wasi_messaging.testing.proxy import FaultProxy
from wasi_messaging.testing.servers import NatsServer

from .line import Address, Line
from .plan import CONNECTION, Kind
from .work import DEAD, OUT

LEASE = 2.0
"""Seconds after which what a killed host had in its hands comes to another one."""
STARTS_WITHIN = STOPS_WITHIN = 60.0
"""Seconds; after a kill a server reads again what it had stored, which can be a lot."""
REMEMBERED = 300.0
"""Seconds for which the stream knows a message id again: many leases, but not the whole campaign,
because a server that was killed reads all messages of this time before it serves."""


class Broker(Protocol):
    """What a campaign needs of a broker.

    Attributes:
        stream: the name of the stream.
        prefix: what its subjects begin with.
        kinds: what can happen to it.
        proxies: one for each host, where connections can be hit.
    """

    stream: str
    prefix: str
    kinds: frozenset[Kind]
    proxies: list[FaultProxy]

    def address(self) -> Address:
        """Where it listens now."""

    def client(self, host: int) -> str:
        """``[clients.default]`` of a host."""

    async def kill(self, away: float) -> bool:
        """``kill -9``; it comes back after about so many seconds. Whether there was one to kill."""

    def save_log(self, folder: Path) -> None:
        """Copy its log to where the hosts' are."""


class RealServer:
    """A nats-server of our own; see :class:`Broker`."""

    stream = "campaign"
    prefix = ""
    kinds = frozenset(Kind)

    def __init__(self, server: NatsServer, proxies: list[FaultProxy]) -> None:
        self.proxies = proxies
        self._server = server

    def address(self) -> Address:
        """Its own port: the campaign is not hit by what hits the hosts' connections."""
        return Address(self._server.url)

    def client(self, host: int) -> str:
        """Through the host's own proxy."""
        return (
            f'url = "nats://127.0.0.1:{self.proxies[host].port}"\n'
            'publish_timeout = "2s"\n'
            f'stream = {{ name = "{self.stream}", ack_wait = "{LEASE:g}s" }}\n'
        )

    async def kill(self, away: float) -> bool:
        """Killed and started again by hand, on the same port and store."""
        await _to_the_end(self._server.kill)
        await asyncio.sleep(away)
        await _to_the_end(self._server.start)
        return True

    def save_log(self, folder: Path) -> None:
        """The server's folder goes with it, so its log is copied."""
        with suppress(OSError):
            shutil.copy(self._server.folder / "log", folder / "nats-server.log")


async def _to_the_end(act: Callable[[], None]) -> None:
    """Do it in a thread; who is cancelled meanwhile leaves no server that is just being started."""
    doing = asyncio.ensure_future(asyncio.to_thread(act))
    try:
        await asyncio.shield(doing)
    finally:
        await asyncio.wait({doing})


@asynccontextmanager
async def real_server(hosts: int) -> AsyncIterator[RealServer]:
    """A nats-server with an empty stream, and proxies to it."""
    async with AsyncExitStack() as stack:
        server = stack.enter_context(NatsServer(timeout=STARTS_WITHIN))
        proxies = [
            await stack.enter_async_context(FaultProxy("127.0.0.1", server.port))
            for _ in range(hosts)
        ]
        broker = RealServer(server, proxies)
        line = Line(broker.address)
        jetstream = await line.jetstream()
        await jetstream.add_stream(
            StreamConfig(
                name=broker.stream, subjects=["in.>", OUT, DEAD], duplicate_window=REMEMBERED
            )
        )
        await line.close()
        yield broker


class Embedded:
    """The embedded server that the hosts share; see :class:`Broker`."""

    stream = "topics"
    prefix = "t."
    kinds = frozenset(Kind) - CONNECTION

    def __init__(self, folder: Path) -> None:
        self.proxies: list[FaultProxy] = []
        self._folder = folder / "server"

    def address(self) -> Address:
        """As the state file says.

        Raises:
            OSError: it does not run.
        """
        state = self._state()
        return Address(f"nats://127.0.0.1:{state['port']}", str(state["token"]))

    def client(self, host: int) -> str:
        """The same for every host."""
        return (
            'url = "embedded:"\n'
            f"directory = {json.dumps(str(self._folder))}\n"
            f'ack_wait = "{LEASE:g}s"\n'
            'publish_timeout = "2s"\n'
        )

    async def kill(self, away: float) -> bool:
        """Its supervisor starts it again, when it likes."""
        try:
            pid = self._server()
            os.kill(pid, signal.SIGKILL)
        except OSError:
            return False  # the hosts are just starting it
        await self._back(pid)
        return True

    async def gone(self) -> None:
        """Wait until it has ended, which it does when the hosts have."""
        ends = time.monotonic() + STOPS_WITHIN
        while (self._folder / "server.json").exists():
            if time.monotonic() > ends:
                raise TimeoutError(f"the embedded server does not end; see {self._folder}")
            await asyncio.sleep(0.02)

    async def _back(self, killed: int) -> None:
        ends = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < ends:
            with suppress(OSError):
                if self._state()["server"] != killed:
                    return
            await asyncio.sleep(0.02)
        raise TimeoutError(f"the embedded server was not started again; see {self._folder}")

    def _server(self) -> int:
        """Its process, and not another one of that number: the state may be old."""
        pid = int(str(self._state()["server"]))
        if str(self._folder).encode() not in Path(f"/proc/{pid}/cmdline").read_bytes():
            raise ProcessLookupError(f"{pid} is not the server of {self._folder}")
        return pid

    def _state(self) -> dict[str, object]:
        try:
            state: dict[str, object] = json.loads((self._folder / "server.json").read_text())
            _ = state["port"], state["token"], state["server"]
        except (ValueError, KeyError):
            raise OSError("the server does not run") from None
        return state

    def save_log(self, folder: Path) -> None:
        """It is there already, in the server's folder."""


@asynccontextmanager
async def embedded_server(folder: Path) -> AsyncIterator[Embedded]:
    """One that the hosts start, and that has ended with them afterwards."""
    server = Embedded(folder)
    try:
        yield server
    finally:
        await server.gone()
