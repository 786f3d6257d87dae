"""The table: which action follows which outcome, and when the next attempt is."""

from __future__ import annotations

import random
from collections.abc import Callable

from ..config.delivery import Action, Outcome, SubscriptionConfig
from ..errors import (
    DeadlineExceededError,
    GuestError,
    GuestTrapError,
    HandlingError,
    LimitExceededError,
    MessageTooLargeError,
    ReleaseError,
)
from ..message import Message

ATTEMPT = "wasi-messaging-attempt"
"""The metadata in which a guest finds the number of its attempt, on redeliveries only."""

SPARE = 50
"""Deliveries beyond the attempts that hosts may take without settling them: by crashing, or by
stopping before they came to it."""


class Policy:
    """What a subscription does with its messages.

    Args:
        config: the subscription.
        chance: gives a number from 0 to 1, for the jitter.
    """

    def __init__(
        self, config: SubscriptionConfig, chance: Callable[[], float] = random.random
    ) -> None:
        self._retry = config.retry
        self._action = config.action
        self._exhausted = config.exhausted
        self._has_target = config.dead_letter is not None
        self._chance = chance
        self.acknowledges_ok = config.action("ok") == "ack"

    def decide(self, outcome: Outcome, attempt: int) -> tuple[Action, float]:
        """The action after an attempt, and for a retry the pause before it in seconds."""
        action = self._action(outcome)
        if action == "retry":
            if self._retry.attempts == "unlimited" or attempt < self._retry.attempts:
                return action, self._pause(attempt)
            action = self._exhausted
        elif action == "dead-letter" and not self._has_target:
            action = self._exhausted
        return action, 0.0

    def is_hopeless(self, attempt: int) -> bool:
        """Whether it has come so often and was never settled that hosts may not survive it.

        They may also have stopped before they came to it, so it is given up only where it is kept.
        """
        attempts = self._retry.attempts
        if attempts == "unlimited" or attempt <= attempts + SPARE:
            return False
        return self.decide("host-failure", attempt)[0] == "dead-letter"

    def _pause(self, attempt: int) -> float:
        jitter = self._retry.jitter
        return self._retry.pause(attempt) * (1 - jitter + 2 * jitter * self._chance())


def outcome_of(error: HandlingError | None) -> Outcome:
    """The row of the table that an error belongs to; ``None`` is the guest's ok."""
    if error is None:
        return "ok"
    if isinstance(error, GuestError | ReleaseError):
        return error.kind
    if isinstance(error, LimitExceededError):
        return "limit"
    if isinstance(error, GuestTrapError):
        return "trap"
    if isinstance(error, DeadlineExceededError):
        return "deadline"
    if isinstance(error, MessageTooLargeError):
        return "too-large"
    return "host-failure"


def as_seen_by_guest(message: Message, attempt: int) -> Message:
    """The message with the number of its attempt, if it is not the first.

    The name is the host's: a pair of that name that came with the message is left out, so that a
    guest can believe what it reads.
    """
    metadata = message.metadata
    if metadata is not None and any(key.lower() == ATTEMPT for key, _ in metadata):
        metadata = tuple(pair for pair in metadata if pair[0].lower() != ATTEMPT) or None
    elif attempt <= 1:
        return message
    if attempt > 1:
        metadata = (*(metadata or ()), (ATTEMPT, str(attempt)))
    return Message(message.data, message.content_type, metadata, message.topic)
