"""One message in one component: what the host knows of it while the guest works on it."""

from __future__ import annotations

import abc
import asyncio
from collections.abc import Sequence

from . import _engine
from .abc import Completion
from .component import Component
from .delivery.outbox import Outbox
from .errors import (
    DeadlineExceededError,
    EngineError,
    ErrorKind,
    GuestError,
    GuestTrapError,
    HandlingError,
    HostStoppedError,
    LimitExceededError,
)
from .message import Message

GUEST_ERRORS: dict[int, ErrorKind] = {
    _engine.TIMEOUT: "timeout",
    _engine.CONNECTION: "connection",
    _engine.PERMISSION_DENIED: "permission-denied",
    _engine.OTHER: "other",
}
"""The engine's outcomes that are cases of the interface's ``error`` variant."""


class Handling(abc.ABC):
    """A message given to a component, until its outcome is known.

    Attributes:
        component: who handles it.
        message: what is handled.
        outbox: what the guest sends, if that is held until it succeeds.
        sends: how many sends, requests and replies the guest has made.
    """

    __slots__ = ("component", "message", "outbox", "sends")

    def __init__(self, component: Component, message: Message) -> None:
        self.component = component
        self.message = message
        self.sends = 0
        self.outbox: Outbox | None = None
        if component.holds_sends:
            self.hold_sends()

    def hold_sends(self) -> None:
        """Keep what the guest sends until it succeeds."""
        self.outbox = Outbox(self.identity, self.component.config.memory)

    @property
    def identity(self) -> str | None:
        """Names it the same whenever the message is handled again; ``None``: nothing does."""
        return None

    @property
    def wanted(self) -> bool:
        """Whether what it sent may still leave."""
        return True

    def excess(self) -> str | None:
        """Which limit of the component the message is over; ``None`` if none."""
        return self.component.excess(self.message)

    @abc.abstractmethod
    def check_reply(self, message: Message) -> None:
        """Raise :class:`MessageRejectedError` where :meth:`reply` would."""

    @abc.abstractmethod
    def reply(self, message: Message) -> Completion:
        """The guest answers the message; nothing happens if it carries no reply address."""

    @abc.abstractmethod
    def succeed(self) -> None:
        """The guest returned ``ok``."""

    @abc.abstractmethod
    def fail(self, error: HandlingError) -> None:
        """The message was not handled."""

    def exited(self, status: int) -> None:
        """The guest ended itself with ``wasi:cli/exit``: for a handler, a way to trap."""
        self.fail(GuestTrapError(f"the guest exited with status {status}"))

    @abc.abstractmethod
    def cancelled(self) -> None:
        """The host stopped it before there was an outcome."""


class Direct(Handling):
    """A message, or a command, that the embedding program gave to a component itself.

    Attributes:
        outcome: 0 or the exit status, or the error.
    """

    __slots__ = ("outcome",)

    def __init__(self, component: Component, message: Message) -> None:
        super().__init__(component, message)
        self.outcome: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def check_reply(self, message: Message) -> None:
        """Nothing is wrong with what goes nowhere."""

    def reply(self, message: Message) -> Completion:
        """Nobody waits for it."""
        return None

    def succeed(self) -> None:
        """Settle the outcome."""
        self.exited(0)

    def exited(self, status: int) -> None:
        """Settle the outcome with a command's exit status."""
        self.component.counters.handled += 1
        if not self.outcome.done():
            self.outcome.set_result(status)

    def fail(self, error: HandlingError) -> None:
        """Settle the outcome with an error."""
        self.component.counters.count(error)
        if not self.outcome.done():
            self.outcome.set_exception(error)

    def cancelled(self) -> None:
        """Settle the outcome, if anybody still waits for it."""
        self.component.counters.cancelled += 1
        if not self.outcome.done():
            self.outcome.set_exception(HostStoppedError("the host was stopped"))


def failure(
    outcome: int, text: str, backtrace: Sequence[str] | None, stderr: Sequence[str] | None
) -> HandlingError:
    """What an outcome of the engine other than ok means to people and programs."""
    kind = GUEST_ERRORS.get(outcome)
    if kind is not None:
        return GuestError(kind, text)
    if outcome == _engine.DEADLINE:
        return DeadlineExceededError(text)
    if outcome in (_engine.TRAP, _engine.LIMIT):
        trap = LimitExceededError if outcome == _engine.LIMIT else GuestTrapError
        return trap(text, tuple(backtrace or ()), tuple(stderr or ()))
    return EngineError(text)
