"""The host: components, clients and subscriptions of one configuration, from start to drain."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from . import _engine, compiler, worlds
from .abc import Broker, Completion
from .attachment import Attachment
from .brokers import broker_class
from .component import Component, Counters, Grant
from .config import ComponentConfig, Config
from .dispatch import Dispatcher
from .errors import BrokerError, ComponentError, ConfigError, EngineError, HandlingError
from .handling import Handling
from .message import Message

logger = logging.getLogger("wasi_messaging.host")


class _Direct(Handling):
    """A message, or a command, that the embedding program gave to a component itself."""

    __slots__ = ("outcome",)

    def __init__(self, component: Component, message: Message) -> None:
        super().__init__(component, message)
        self.outcome: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def reply(self, message: Message) -> Completion:
        return None

    def succeed(self) -> None:
        self._settle(0)

    def exited(self, status: int) -> None:
        self._settle(status)

    def _settle(self, status: int) -> None:
        self.component.counters.handled += 1
        if not self.outcome.done():
            self.outcome.set_result(status)

    def fail(self, error: HandlingError) -> None:
        self.component.counters.count(error)
        if not self.outcome.done():
            self.outcome.set_exception(error)

    def cancelled(self) -> None:
        self.component.counters.cancelled += 1
        self.outcome.cancel()


class Host:
    """Runs the components of a configuration against its brokers.

    As a context manager it validates everything, compiles and loads the components, connects the
    clients and attaches the subscriptions; on leaving it stops fetching, lets what is in flight
    finish for ``drain`` seconds, hands the rest back to the brokers and closes.

    Args:
        config: what to run.
        cache: folder of compiled components; default: the user's cache folder.
        subscribe: attach the subscriptions; ``False`` only loads and connects.

    Raises (on entering):
        ConfigError: something in the configuration does not fit together.
        ComponentError: a component cannot be loaded.
        BrokerError: a client's broker cannot be reached or refuses.
    """

    def __init__(
        self, config: Config, *, cache: Path | None = None, subscribe: bool = True
    ) -> None:
        self.config = config
        self._cache = cache
        self._subscribe = subscribe
        self._stack = AsyncExitStack()
        self._components: dict[str, Component] = {}
        self._brokers: dict[str, Broker] = {}
        self._attachments: list[Attachment] = []
        self._stopped = asyncio.Event()
        self._now = asyncio.Event()

    @classmethod
    def from_file(cls, path: str | os.PathLike[str] = "messaging.toml") -> Host:
        """A host for a configuration file.

        Raises:
            ConfigError: the file cannot be read or used.
        """
        return cls(Config.load(Path(path)))

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            await self._load(stack)
            await self._connect(stack)
            self._grant()
            if self._subscribe:
                await self._attach(stack)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stopped.set()
        await self._stack.__aexit__(kind, error, traceback)

    async def wait(self) -> None:
        """Return after :meth:`stop` was called."""
        await self._stopped.wait()

    def stop(self, *, now: bool = False) -> None:
        """Ask the host to stop: :meth:`wait` returns, and leaving the context drains.

        Args:
            now: do not wait for what is in flight; it is handed back to the brokers.
        """
        self._stopped.set()
        if now:
            self._now.set()

    def broker(self, client: str = "default") -> Broker:
        """The broker of a client, connected.

        Raises:
            ConfigError: the configuration has no such client.
        """
        broker = self._brokers.get(client)
        if broker is None:
            known = ", ".join(sorted(self._brokers)) or "none"
            raise ConfigError(f"no client {client!r}; known: {known}")
        return broker

    def counters(self, component: str) -> Counters:
        """What became of a component's messages so far."""
        return self._component(component).counters

    async def deliver(self, component: str, message: Message) -> None:
        """Give one message to a component and wait until it is handled.

        The component sends, requests and connects as it may; a reply goes nowhere.

        Raises:
            HandlingError: the subclass says by whose doing it was not handled.
        """
        handling = _Direct(self._component(component), message)
        await self._outcome(handling, self._dispatcher.submit(handling))

    async def execute(self, component: str, arguments: Sequence[str] = ()) -> int:
        """Run a command component (``wasi:cli/run``) with this process's standard streams.

        Returns:
            Its exit status.

        Raises:
            HandlingError: it trapped or was stopped.
        """
        handling = _Direct(self._component(component), Message(b""))
        identity = self._dispatcher.run_command(handling, list(arguments))
        return await self._outcome(handling, identity)

    async def _outcome(self, handling: _Direct, identity: int) -> int:
        try:
            return await handling.outcome
        except asyncio.CancelledError:
            self._dispatcher.cancel(identity)
            if self._now.is_set() or self._stopped.is_set():
                raise EngineError("the host was stopped") from None
            raise

    def _component(self, name: str) -> Component:
        component = self._components.get(name)
        if component is None:
            known = ", ".join(sorted(self._components)) or "none"
            raise ConfigError(f"no component {name!r}; known: {known}")
        return component

    async def _load(self, stack: AsyncExitStack) -> None:
        """Compile, check and load every component; nothing is connected yet."""
        artifacts = {
            name: await self._checked(name, config)
            for name, config in self.config.components.items()
        }
        engine = _engine.Engine()
        stack.callback(engine.close)
        by_id: dict[int, Component] = {}
        for name, config in self.config.components.items():
            identity = _load(engine, name, config, artifacts[name])
            component = Component(name, config, identity, {})
            self._components[name] = by_id[identity] = component
        self._dispatcher = Dispatcher(engine, by_id)
        stack.push_async_callback(self._dispatcher.close)

    async def _checked(self, name: str, config: ComponentConfig) -> Path:
        path = self.config.folder / config.path
        artifact = await compiler.compile_component(path, self._cache)
        inspection = compiler.inspect(artifact)
        worlds.require_runnable(
            inspection, path=path, handler=self._subscribe and bool(config.subscriptions)
        )
        return artifact

    async def _connect(self, stack: AsyncExitStack) -> None:
        for name, settings in self.config.clients.items():
            broker = broker_class(settings.url)(settings)
            try:
                self._brokers[name] = await stack.enter_async_context(broker)
            except BrokerError as error:
                raise type(error)(f"client {name!r}: {error}") from error
            logger.info("client %s: %s", name, broker.summary())

    def _grant(self) -> None:
        for component in self._components.values():
            for client, permissions in component.config.permissions.items():
                component.grants[client] = Grant(self.broker(client), permissions)

    async def _attach(self, stack: AsyncExitStack) -> None:
        stack.push_async_callback(self._drain)
        for component in self._components.values():
            for config in component.config.subscriptions:
                attachment = Attachment(
                    component, config, self.broker(config.client), self._dispatcher
                )
                self._attachments.append(attachment)
                await attachment.start()

    async def _drain(self) -> None:
        """Fetch nothing more, let what is in flight finish in time, hand back the rest."""
        await asyncio.gather(*(attachment.stop() for attachment in self._attachments))
        await self._finish()
        await asyncio.gather(*(attachment.close() for attachment in self._attachments))
        for name, component in self._components.items():
            logger.info("component %s: %s", name, component.counters)

    async def _finish(self) -> None:
        running = self._dispatcher.running
        if not running:
            return
        logger.info("in flight: %d; finishing, for %g s at most", running, self.config.drain)
        idle = asyncio.create_task(self._dispatcher.wait_idle())
        now = asyncio.create_task(self._now.wait())
        await asyncio.wait(
            {idle, now}, timeout=self.config.drain, return_when=asyncio.FIRST_COMPLETED
        )
        now.cancel()
        if not idle.done():
            logger.warning("handing back %d unfinished messages", self._dispatcher.running)
            self._dispatcher.cancel_all()
            await idle


def _load(engine: _engine.Engine, name: str, config: ComponentConfig, artifact: Path) -> int:
    try:
        return engine.load(
            str(artifact),
            name,
            instances=config.instances,
            memory=config.memory,
            deadline=config.deadline,
            fresh=config.isolation == "message",
            max_messages_per_instance=config.max_messages_per_instance,
            env=list(config.env.items()),
            log_lines_per_second=config.log_lines_per_second,
        )
    except _engine.EngineFailure as error:
        raise ComponentError(f"component {name!r} ({config.path}): {error}") from error
