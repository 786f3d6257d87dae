"""The host: components, clients and subscriptions of one configuration, from start to drain."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from . import _engine
from .abc import Broker
from .brokers import open_client
from .component import Component, Counters, Grant
from .config import Config
from .config.cycles import dead_letter_cycles
from .config.problems import dotted
from .decisions import Observer
from .delivery.subscriptions import Subscriptions
from .dispatch import Dispatcher
from .errors import ConfigError, EngineError, MessageRejectedError, SubscriptionStoppedError
from .handling import Direct
from .loading import load_components
from .message import Message

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

logger = logging.getLogger("wasi_messaging.host")


class Host:
    """Runs the components of a configuration against its brokers.

    As a context manager it validates everything, compiles and loads the components, connects the
    clients and attaches the subscriptions; on leaving it stops fetching, lets what is in flight
    finish for ``drain`` seconds, hands the rest back to the brokers and closes.

    Args:
        config: what to run.
        cache: folder of compiled components; default: the user's cache folder.
        subscribe: attach the subscriptions; ``False`` only loads and connects.
        observer: called with each :class:`~wasi_messaging.decisions.Decision` about a subscribed
            message, for programs that watch; default: nobody watches.

    Raises (on entering):
        ConfigError: something in the configuration does not fit together.
        ComponentError: a component cannot be loaded.
        BrokerError: a client's broker cannot be reached or refuses.
    """

    def __init__(
        self,
        config: Config,
        *,
        cache: Path | None = None,
        subscribe: bool = True,
        observer: Observer | None = None,
    ) -> None:
        self.config = config
        self._observer = observer
        self._cache = cache
        self._subscribe = subscribe
        self._stack = AsyncExitStack()
        self._components: dict[str, Component] = {}
        self._brokers: dict[str, Broker] = {}
        self._stopped = asyncio.Event()
        self._now = asyncio.Event()
        self._asked = False
        self._failure: EngineError | None = None
        self._entered = False
        self._measurable = False

    @classmethod
    def from_file(cls, path: str | os.PathLike[str] = "messaging.toml") -> Host:
        """A host for a configuration file.

        Raises:
            ConfigError: the file cannot be read or used.
        """
        return cls(Config.load(Path(path)))

    async def __aenter__(self) -> Self:
        if self._entered:
            raise RuntimeError("a Host can be entered once; make another one")
        self._entered = True
        async with AsyncExitStack() as stack:
            await self._load(stack)
            await self._connect(stack)
            await self._serve_metrics(stack)
            stack.push_async_callback(self._drain)
            self._grant()
            if self._subscribe:
                await self._subscriptions.attach(self._components.values(), self.broker)
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
        """Return after :meth:`stop` was called.

        Raises:
            SubscriptionStoppedError: every subscription has stopped because of a message.
            EngineError: the engine failed; nothing can be handled any more.
        """
        await self._stopped.wait()
        if self._failure is not None:
            raise self._failure
        if not self._asked and (reasons := self._subscriptions.all_halted):
            raise SubscriptionStoppedError("\n".join(reasons))

    def _engine_failed(self, error: EngineError) -> None:
        """Give everything back to the brokers; another host may do better."""
        self._failure = error
        self._subscriptions.end()
        self.stop(now=True)

    def stop(self, *, now: bool = False) -> None:
        """Ask the host to stop: :meth:`wait` returns, and leaving the context drains.

        Args:
            now: do not wait for what is in flight; it is handed back to the brokers.
        """
        self._asked = True
        self._stopped.set()
        if now:
            self._now.set()

    def broker(self, client: str = "default") -> Broker:
        """The broker of a client, connected.

        Raises:
            ConfigError: the configuration has no such client, or it is an embedded server that no
                component uses.
        """
        broker = self._brokers.get(client)
        if broker is None:
            known = ", ".join(sorted(self._brokers)) or "none"
            raise ConfigError(f"no client {client!r} is connected; those that are: {known}")
        return broker

    def counters(self, component: str) -> Counters:
        """What became of a component's messages so far: a copy, which does not count on.

        Raises:
            ConfigError: there is no such component.
        """
        found = self._component(component)
        return replace(found.counters, missed=self._subscriptions.missed(found))

    def metrics(self) -> list[Metric]:
        """What is served where ``[metrics]`` says, read now, on the event loop; nothing before the
        host is connected and after it has drained.

        Those of the process (``process_…``) are not among them: ``prometheus_client`` has them in
        its own registry, and reads them from files.
        """
        if not self._measurable:
            return []
        from .metrics.host import collect  # only who wants metrics waits for the import

        return collect(
            components=self._components.values(),
            attachments=self._subscriptions.attachments,
            clients=self._brokers,
            max_bytes_in_flight=self.config.max_bytes_in_flight,
            statistics=self._engine.statistics,
            wasmtime=_engine.version,
        )

    async def deliver(self, component: str, message: Message) -> None:
        """Give one message to a component and wait until it is handled.

        The component sends, requests and connects as it may; a reply goes nowhere.

        Raises:
            HandlingError: the subclass says by whose doing it was not handled.
            MessageRejectedError: a part of the message is no valid Unicode text.
            TypeError: the message's body is not ``bytes``.
        """
        if not isinstance(message.data, bytes):
            raise TypeError(f"a message's data is bytes, not {type(message.data).__name__}")
        if (flaw := message.flaw) is not None:
            raise MessageRejectedError(flaw)
        handling = Direct(self._component(component), message)
        await self._outcome(handling, self._dispatcher.submit(handling))

    async def execute(self, component: str, arguments: Sequence[str] = ()) -> int:
        """Run a command component (``wasi:cli/run``) with this process's standard streams.

        Returns:
            Its exit status.

        Raises:
            HandlingError: it trapped or was stopped.
        """
        handling = Direct(self._component(component), Message(b""))
        identity = self._dispatcher.run_command(handling, list(arguments))
        return await self._outcome(handling, identity)

    async def _outcome(self, handling: Direct, identity: int) -> int:
        try:
            return await handling.outcome
        except asyncio.CancelledError:
            self._dispatcher.cancel(identity)
            raise

    def _component(self, name: str) -> Component:
        component = self._components.get(name)
        if component is None:
            known = ", ".join(sorted(self._components)) or "none"
            raise ConfigError(f"no component {name!r}; known: {known}")
        return component

    async def _load(self, stack: AsyncExitStack) -> None:
        engine = self._engine = _engine.Engine()
        stack.callback(engine.close)
        self._components = await load_components(
            engine, self.config, cache=self._cache, subscribe=self._subscribe
        )
        by_id = {component.id: component for component in self._components.values()}
        for component in by_id.values():
            component.observer = self._observer
        self._dispatcher = Dispatcher(engine, by_id, self._engine_failed)
        self._subscriptions = Subscriptions(
            self._dispatcher, self.config.max_bytes_in_flight, self._stopped.set
        )
        stack.push_async_callback(self._dispatcher.close)

    async def _connect(self, stack: AsyncExitStack) -> None:
        for name, settings in self.config.clients.items():
            if settings.url == "embedded:" and self.config.leaves_unused(name):
                continue  # no server is started for nobody
            broker = self._brokers[name] = await open_client(name, settings)
            stack.push_async_exit(broker)
            logger.info("client %s: %s", name, broker.summary())

        problems = list(dead_letter_cycles(self.config.components, self._brokers))
        if problems:  # which addresses could not tell, but servers do
            raise ConfigError("\n".join(f"{dotted(one.location)}: {one.text}" for one in problems))

    async def _serve_metrics(self, stack: AsyncExitStack) -> None:
        self._measurable = True
        stack.callback(setattr, self, "_measurable", False)
        if self.config.metrics is None:
            return
        from .metrics.endpoint import Endpoint
        from .metrics.process import with_process

        async def source() -> Iterable[Metric]:
            return with_process(self.metrics())

        await stack.enter_async_context(Endpoint(self.config.metrics.address, source))

    def _grant(self) -> None:
        for component in self._components.values():
            for client, permissions in component.config.permissions.items():
                component.grants[client] = Grant(self.broker(client), permissions)

    async def _drain(self) -> None:
        await self._subscriptions.drain(self.config.drain, self._now)
        for name in self._components:
            logger.info("component %s: %s", name, self.counters(name))
