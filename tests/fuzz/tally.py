"""What came of inputs: outcomes by name, and problems."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field

from wasi_messaging.errors import (
    DeadlineExceededError,
    GuestError,
    GuestTrapError,
    HostStoppedError,
    LimitExceededError,
    MessageTooLargeError,
    ReleaseError,
)

REFUSED = "refused"
"""A component or a configuration that is not run, with a text that says why."""
STOPPED = "stopped"
"""The host was stopped before there was an outcome."""
CANCELLED = "cancelled"
"""Who gave the message wants no outcome any more."""


@dataclass(slots=True)
class Tally:
    """Of one input.

    Attributes:
        number: of the input, within its kind and seed.
        outcomes: how its messages ended, or that it was refused.
        operations: what components asked of the host, by what it came to.
        problems: what the host did that it must not do.
    """

    number: int
    outcomes: Counter[str] = field(default_factory=Counter)
    operations: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)


def outcome(error: BaseException | None) -> str | None:
    """The name of an outcome; ``None`` for what must never be one."""
    names: list[tuple[type[BaseException], str]] = [
        (GuestError, "error"),
        (LimitExceededError, "limit"),
        (GuestTrapError, "trap"),
        (DeadlineExceededError, "deadline"),
        (MessageTooLargeError, "too large"),
        (ReleaseError, "not released"),
        (HostStoppedError, STOPPED),
        (asyncio.CancelledError, CANCELLED),
    ]
    if error is None:
        return "ok"
    return next((name for kind, name in names if isinstance(error, kind)), None)
