"""What the tests share: what a broker's class gives, and how they use it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import ClassVar
from uuid import uuid4

import pytest

from ...abc import Broker, Capabilities, Start, Subscription
from ...errors import BrokerError
from ...message import Message, Metadata
from .inbox import Inbox, done


class SuiteBase:
    """Without tests; the attributes are described in ``BrokerSuite``."""

    pytestmark: ClassVar[list[pytest.MarkDecorator]] = [pytest.mark.asyncio]

    timeout: float = 10.0
    quiet: float = 0.3
    short_lease: float = 1.0
    short_timeout: float = 1.0
    separator = "."
    any_token = "*"  # noqa: S105 - of a topic
    any_rest = ">"
    illegal_topics: Sequence[str] = ("", "a b", "a..b", ".a", "a.", "a.*", "a.>", "a\nb", "a\x00")
    illegal_patterns: Sequence[str] = ("", "a b", "a..b", ".a", "a.", "a.>.b", "a\tb")

    # -- what a broker's class gives --------------------------------------------------------------

    def make_broker(self, *, lease: float | None = None) -> Broker:
        """A new connection, not yet open, to the same broker; with that lease if it can be set."""
        raise NotImplementedError

    def unreachable_broker(self) -> Broker | None:
        """A connection to where nobody listens; ``None``: there is no such thing."""
        return None

    @property
    def server_address(self) -> tuple[str, int] | None:
        """Where its server listens, for tests that put a bad network before it; ``None``: it is no
        server, or one that clients find by themselves.
        """
        return None

    def make_broker_at(self, address: tuple[str, int], *, lease: float | None = None) -> Broker:
        """As :meth:`make_broker`, but connecting to ``address``, and giving up a publish after
        :attr:`BrokerSuite.short_timeout`. Needed with :attr:`server_address`.
        """
        raise NotImplementedError

    async def restart(self) -> None:
        """End the broker and start it again; override if it is a process."""
        pytest.skip("not a process that can be restarted")

    def topic(self, *tokens: str) -> str:
        """A topic, or with wildcards a pattern, that only this test uses."""
        return self.separator.join((self._unique, *tokens))

    # -- how the tests use it ---------------------------------------------------------------------

    @pytest.fixture(autouse=True)
    def _fresh_topics(self) -> None:
        self._unique = f"t{uuid4().hex[:12]}"

    @property
    def can(self) -> Capabilities:
        """What it claims, before it is open."""
        return self.make_broker().capabilities

    def needs(self, *names: str) -> None:
        """Skip unless it claims all of these capabilities."""
        for name in names:
            if not getattr(self.can, name):
                pytest.skip(f"does not claim {name}")

    @asynccontextmanager
    async def connections(
        self, count: int = 1, *, lease: float | None = None
    ) -> AsyncIterator[list[Broker]]:
        """Open connections to the same broker."""
        async with AsyncExitStack() as stack:
            yield [
                await stack.enter_async_context(self.make_broker(lease=lease)) for _ in range(count)
            ]

    async def attach(
        self,
        broker: Broker,
        *tokens: str,
        group: str | None = None,
        prefetch: int = 1000,
        start: Start = "new",
        ack: bool = True,
    ) -> tuple[Inbox, Subscription]:
        """Subscribe an inbox to this test's topic."""
        inbox = Inbox(ack=ack)
        subscription = await broker.subscribe(
            self.topic(*tokens), inbox, group=group, prefetch=prefetch, start=start
        )
        return inbox, subscription

    async def publish(
        self,
        broker: Broker,
        data: bytes,
        *tokens: str,
        content_type: str | None = None,
        metadata: Metadata | None = None,
        deduplication_id: str | None = None,
    ) -> None:
        """Publish to this test's topic."""
        message = Message(data, content_type, metadata)
        await done(broker.publish(self.topic(*tokens), message, deduplication_id))

    async def eventually(self, attempt: Callable[[], Awaitable[None]]) -> None:
        """Repeat until it does not raise a broker's error."""
        ends = time.monotonic() + self.timeout
        while True:
            try:
                await attempt()
            except BrokerError:
                if time.monotonic() > ends:
                    raise
                await asyncio.sleep(0.02)
            else:
                return

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait for what tells nobody when it is so."""
        async with asyncio.timeout(self.timeout):
            while not condition():  # noqa: ASYNC110
                await asyncio.sleep(0.01)
