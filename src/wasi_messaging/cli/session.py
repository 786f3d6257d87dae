"""What commands do around their work: find the configuration, connect a client, run asyncio."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from ..abc import Broker, BrokerSettings
from ..brokers import open_client
from ..config import Config
from ..config.build import Keep, load
from ..config.problems import nearest
from ..errors import ConfigError
from .failures import INTERRUPTED, TERMINATED, Interrupted

Result = TypeVar("Result")

DEFAULT_FILE = Path("messaging.toml")


def find_config(path: Path | None, keep: Keep) -> Config:
    """The configuration a command means.

    Args:
        path: what ``--config`` said; without it, ``./messaging.toml`` if there is one, else an
            empty configuration.
        keep: which components the command needs; others may even be wrong.

    Raises:
        ConfigError: it cannot be read or used.
    """
    if path is not None or DEFAULT_FILE.exists():
        return load(Config, path or DEFAULT_FILE, keep)
    return Config.from_dict({})


def no_components(_name: str, _path: Path) -> bool:
    """For commands that only talk to a client."""
    return False


def client_settings(config: Config, client: str) -> BrokerSettings:
    """The settings of a client.

    Raises:
        ConfigError: there is no such client.
    """
    settings = config.clients.get(client)
    if settings is None:
        hint = nearest(client, list(config.clients), "the clients are")
        raise ConfigError(f"no client {client!r}; {hint}")
    return settings


@asynccontextmanager
async def connected(path: Path | None, client: str) -> AsyncIterator[Broker]:
    """The broker of a client, open.

    Raises:
        ConfigError: there is no such client.
        BrokerError: it cannot be reached.
    """
    settings = client_settings(find_config(path, no_components), client)
    async with AsyncExitStack() as stack:
        broker = await open_client(client, settings)
        stack.push_async_exit(broker)
        yield broker


def run_async(work: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine; a first SIGINT or SIGTERM cancels it, so that it can say how far it came.

    Raises:
        Interrupted: a signal came first.
    """
    return asyncio.run(_interruptible(work))


async def _interruptible(work: Coroutine[Any, Any, Result]) -> Result:
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    received: list[int] = []

    def interrupt(number: int) -> None:
        received.append(number)
        task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, interrupt, number)
    try:
        return await task
    except asyncio.CancelledError:
        if received:
            raise Interrupted("", exit_status(received[0])) from None
        raise


def exit_status(number: int) -> int:
    """The exit code after a signal."""
    return TERMINATED if number == signal.SIGTERM else INTERRUPTED
