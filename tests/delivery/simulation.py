"""The delivery of messages with everything around it simulated, but for the delivery itself.

The broker is the one in memory, with all its leases and redeliveries, in virtual time. The engine
is replaced by a script: how each attempt at a message ends, and after how long.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from wasi_messaging.abc import Completion, Delivery, Receiver, Start, Subscription
from wasi_messaging.brokers.memory import MemoryBroker, MemorySettings
from wasi_messaging.component import Component
from wasi_messaging.config import ComponentConfig, SubscriptionConfig
from wasi_messaging.delivery.admission import Admission
from wasi_messaging.delivery.attachment import Attachment
from wasi_messaging.delivery.received import Received
from wasi_messaging.errors import (
    BrokerUnavailableError,
    DeadlineExceededError,
    EngineError,
    GuestError,
    GuestTrapError,
    HandlingError,
    LimitExceededError,
    MessageTooLargeError,
)
from wasi_messaging.handling import Handling
from wasi_messaging.message import Message

LEASE = 30.0

ENDINGS: dict[str, Callable[[], HandlingError | None]] = {
    "ok": lambda: None,
    "timeout": lambda: GuestError("timeout"),
    "connection": lambda: GuestError("connection", "no"),
    "other": lambda: GuestError("other", "no"),
    "permission-denied": lambda: GuestError("permission-denied", "no"),
    "trap": lambda: GuestTrapError("unreachable"),
    "limit": lambda: LimitExceededError("memory"),
    "deadline": lambda: DeadlineExceededError("deadline of 1 s passed"),
    "too-large": lambda: MessageTooLargeError("a body of 5 bytes"),
    "host-failure": lambda: EngineError("broken"),
}
"""Outcome → the error that it is told by."""


@dataclass(frozen=True)
class Attempt:
    """How an attempt ends, and after how many seconds."""

    outcome: str
    seconds: float


@dataclass
class Settled:
    """What was said of a delivery to its broker."""

    body: bytes
    attempt: int
    how: str
    at: float


@dataclass
class Log:
    """What happened, in order."""

    settled: list[Settled] = field(default_factory=list)
    delivered: list[tuple[bytes, int]] = field(default_factory=list)
    begun: list[tuple[float, bytes, int]] = field(default_factory=list)
    ended: list[tuple[float, bytes, int, str]] = field(default_factory=list)
    order: list[tuple[str, bytes]] = field(default_factory=list)
    """``begun``, ``ack`` and ``nack`` as they followed each other."""
    cut: bool = False
    """Nothing can be settled now."""


class RecordedDelivery(Delivery):
    """A delivery that notes how it is settled."""

    def __init__(self, delivery: Delivery, log: Log) -> None:
        self.message = delivery.message
        self.attempt = delivery.attempt
        self._delivery = delivery
        self._log = log

    @property
    def id(self) -> str | None:
        return self._delivery.id

    def _note(self, how: str) -> None:
        if self._log.cut:
            raise BrokerUnavailableError("the connection is cut")
        now = asyncio.get_running_loop().time()
        self._log.settled.append(Settled(self.message.data, self.attempt, how, now))
        self._log.order.append((how, self.message.data))

    def ack(self) -> Completion:
        self._note("ack")
        return self._delivery.ack()

    def nack(self, delay: float = 0.0) -> Completion:
        self._note("nack")
        return self._delivery.nack(delay)

    def keep_alive(self) -> Completion:
        return self._delivery.keep_alive()


class SimulatedBroker(MemoryBroker):
    """The broker in memory, with a record, fewer capabilities if wanted, and times of absence.

    Attributes:
        log: what happened to deliveries.
        away: whether publishing fails.
    """

    def __init__(self, name: str, log: Log, **capabilities: Any) -> None:
        super().__init__(MemorySettings(url=f"memory:{name}", lease=LEASE))
        self.capabilities = replace(self.capabilities, **capabilities)
        self.log = log
        self.away = False

    def publish(
        self, topic: str, message: Message, deduplication_id: str | None = None
    ) -> Completion:
        if self.away:
            raise BrokerUnavailableError("away")
        return super().publish(topic, message, deduplication_id)

    async def subscribe(
        self, pattern: str, receive: Receiver, *, group: str | None, prefetch: int, start: Start
    ) -> Subscription:
        def recorded(delivery: Delivery) -> None:
            self.log.delivered.append((delivery.message.data, delivery.attempt))
            receive(RecordedDelivery(delivery, self.log))

        return await super().subscribe(
            pattern, recorded, group=group, prefetch=prefetch, start=start
        )


class ScriptedDispatcher:
    """Ends every attempt as the script says; what it does not mention succeeds at once."""

    def __init__(self, script: Mapping[bytes, Sequence[Attempt]], log: Log) -> None:
        self._script = script
        self._log = log
        self._running: dict[Handling, asyncio.TimerHandle] = {}
        self._tries: dict[bytes, int] = {}
        self._idle = asyncio.Event()

    def submit(self, handling: Handling) -> None:
        loop = asyncio.get_running_loop()
        body = handling.message.data
        number = self._tries[body] = self._tries.get(body, 0) + 1
        attempts = self._script.get(body, ())
        attempt = attempts[number - 1] if number <= len(attempts) else Attempt("ok", 0.01)
        assert isinstance(handling, Received)
        self._log.begun.append((loop.time(), body, handling.attempt))
        self._log.order.append(("begun", body))
        self._running[handling] = loop.call_later(
            attempt.seconds, self._end, handling, attempt.outcome
        )

    def _end(self, handling: Handling, outcome: str) -> None:
        del self._running[handling]
        self._note(handling, outcome)
        error = ENDINGS[outcome]()
        if error is None:
            handling.succeed()
        else:
            handling.fail(error)
        self._check()

    def _note(self, handling: Handling, outcome: str) -> None:
        assert isinstance(handling, Received)
        now = asyncio.get_running_loop().time()
        self._log.ended.append((now, handling.message.data, handling.attempt, outcome))

    def cancel_all(self) -> None:
        for handling, timer in list(self._running.items()):
            timer.cancel()
            del self._running[handling]
            self._note(handling, "cancelled")
            handling.cancelled()
        self._check()

    @property
    def running(self) -> int:
        return len(self._running)

    def _check(self) -> None:
        if not self._running:
            self._idle.set()

    async def wait_idle(self) -> None:
        while self._running:
            self._idle.clear()
            await self._idle.wait()


def component(name: str = "guest") -> Component:
    """A component that is never loaded."""
    return Component(name, ComponentConfig(path=Path("guest.wasm")), 1, {})


def attachment(
    config: SubscriptionConfig,
    broker: SimulatedBroker,
    dispatcher: ScriptedDispatcher,
    *,
    target: SimulatedBroker | None = None,
    admission: Admission | None = None,
) -> Attachment:
    """A subscription, not started."""
    return Attachment(
        component(),
        config,
        broker,
        dispatcher,  # type: ignore[arg-type]
        admission or Admission(2**30),
        target,
    )
