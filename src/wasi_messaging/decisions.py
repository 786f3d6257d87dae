"""What the host decided about a message, for a program that wants to see every decision."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .config.delivery import Action, Outcome
from .errors import HandlingError
from .message import Message

__all__ = ["Decision", "Observer"]


@dataclass(frozen=True, slots=True)
class Decision:
    """How one attempt at a subscribed message ended, and what follows.

    Attributes:
        component: its name.
        message: as the guest saw it.
        attempt: from 1.
        outcome: the row of the table in ``docs/delivery.md``.
        error: why it was not handled; ``None`` for ``ok``.
        action: what happens to the message now. A dead letter is not confirmed yet.
    """

    component: str
    message: Message
    attempt: int
    outcome: Outcome
    error: HandlingError | None
    action: Action


Observer = Callable[[Decision], None]
"""Called on the event loop after each attempt, before the broker hears of it; it must not wait.
What it raises is logged."""
