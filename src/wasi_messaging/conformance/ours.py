"""This host, on any of its brokers, as a subject of the suite."""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import AsyncExitStack, suppress
from importlib.metadata import version
from pathlib import Path

from .. import Config, Host
from ..abc import Broker, BrokerSettings
from ..brokers import open_client
from ..decisions import Decision
from ..errors import BrokerError, ComponentError, GuestError, HandlingError, MessagingError
from ..message import Message
from ..receiving import done
from ..testing import Collected
from .protocol import Abilities, AdapterError, Guest, RefusedError, Settled, Setup, Subject

CLIENT = "default"


class OurHost(Subject):
    """Runs a host of its own for each scenario.

    Args:
        url: the broker's address, as ``[clients.default]`` has it.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._whole = AsyncExitStack()
        self._scenario = AsyncExitStack()
        self._folder = Path()
        self._broker: Broker
        self._publisher: Broker
        self._collected = Collected()
        self._settled: list[Settled] = []
        self._news = asyncio.Event()

    async def hello(self) -> Abilities:
        """Connect, which keeps an embedded server running until the end."""
        self._folder = Path(self._whole.enter_context(tempfile.TemporaryDirectory()))
        self._broker = await open_client(CLIENT, self._settings())
        self._whole.push_async_exit(self._broker)
        can = self._broker.capabilities
        return Abilities(
            name=f"wasi-messaging {version('wasi-messaging')}",
            broker=self._broker.summary(),
            metadata=can.metadata,
            duplicate_keys=can.duplicate_metadata_keys,
            content_type=can.content_type,
            request_reply=can.request_reply != "none",
            redelivery=True,  # by the host where the broker does not
            max_message_size=can.max_message_size,
        )

    def _settings(self) -> BrokerSettings:
        values = {"clients": {CLIENT: {"url": self._url}}}
        return Config.from_dict(values, folder=self._folder).clients[CLIENT]

    async def start(self, setup: Setup) -> None:
        """Start a host, and collect."""
        config = self._config(setup)
        try:
            host = Host(config, observer=self._decided)
            await self._scenario.enter_async_context(host)
        except ComponentError as error:
            raise RefusedError(str(error)) from error
        # On the host's own broker: what is in memory is so in one client only.
        broker = host.broker(CLIENT)
        self._publisher = broker
        subscription = await broker.subscribe(
            setup.collect, self._collected.receive, group=None, prefetch=1000, start="new"
        )
        self._scenario.push_async_callback(subscription.stop)

    def _config(self, setup: Setup) -> Config:
        values = {
            "clients": {CLIENT: {"url": self._url}},
            "components": {one.name: self._component(one, setup) for one in setup.components},
            "drain": 0,
        }
        return Config.from_dict(values, folder=self._folder)

    def _component(self, guest: Guest, setup: Setup) -> dict[str, object]:
        # A message is dropped after its last attempt: what is tested is that it is not acknowledged
        # as handled, and that nothing stops.
        common: dict[str, object] = {
            "client": CLIENT,
            "group": setup.collect.replace(".", "-") + f"-{guest.name}",
            "on_exhausted": "drop",
            "retry": {"attempts": setup.attempts, "initial": "1ms"},
        }
        values: dict[str, object] = {
            "path": guest.path,
            "instances": guest.instances,
            "deadline": guest.deadline,
            "memory": guest.memory,
            "subscriptions": [{"topic": topic, **common} for topic in guest.topics],
            "permissions": {CLIENT: {"send": guest.send, "request": guest.request}},
        }
        return values | ({"config": guest.config} if guest.config else {})

    def _decided(self, decision: Decision) -> None:
        self._settled.append(
            Settled(
                topic=decision.message.topic or "",
                acknowledged=decision.action == "ack",
                outcome=decision.outcome,
                text=_words(decision.error),
            )
        )
        self._news.set()

    async def publish(self, topic: str, message: Message) -> None:
        """Publish on the host's own connection."""
        try:
            await done(self._publisher.publish(topic, message))
        except BrokerError as error:
            raise RefusedError(str(error)) from error

    async def collect(self, count: int, seconds: float) -> list[Message]:
        """Wait for messages."""
        with suppress(TimeoutError):  # what there is, is the answer
            await self._collected.wait(count, seconds)
        return list(self._collected)

    async def settle(self, count: int, seconds: float) -> list[Settled]:
        """Wait for decisions."""
        with suppress(TimeoutError):  # what there is, is the answer
            async with asyncio.timeout(seconds):
                while len(self._settled) < count:
                    self._news.clear()
                    await self._news.wait()
        return list(self._settled)

    async def stop(self) -> None:
        """Stop the host."""
        scenario, self._scenario = self._scenario, AsyncExitStack()
        try:
            await scenario.aclose()
        except MessagingError as error:
            raise AdapterError(f"the host did not stop: {error}") from error
        finally:
            self._collected, self._settled = Collected(), []

    async def close(self) -> None:
        """Disconnect."""
        await self._whole.aclose()


def _words(error: HandlingError | None) -> str:
    """The guest's own words, or what the host says."""
    if isinstance(error, GuestError):
        return error.text
    return "" if error is None else str(error)
