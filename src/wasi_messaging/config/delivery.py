"""``[[components.NAME.subscriptions]]``: where messages come from and what becomes of them."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainValidator,
    WithJsonSchema,
    model_validator,
)

from ..abc import Start
from ..units import Duration
from .base import Count, Table

Action = Literal["ack", "retry", "dead-letter", "drop", "stop"]
"""What the host does with a message after an outcome:

* ``ack``: acknowledge it.
* ``retry``: have it handled again, later; after the last attempt it is exhausted.
* ``dead-letter``: publish it to the dead-letter target, then acknowledge it.
* ``drop``: acknowledge it; it is counted and logged.
* ``stop``: hand it back and end the subscription.
"""

Outcome = Literal[
    "ok",
    "timeout",
    "connection",
    "other",
    "permission-denied",
    "trap",
    "limit",
    "deadline",
    "too-large",
    "host-failure",
]
"""How a handling ended:

* ``ok``: the guest returned ok.
* ``timeout``, ``connection``, ``other``, ``permission-denied``: the guest returned this error, or
  what it sent on success met it.
* ``trap``: the guest trapped or exited.
* ``limit``: it trapped at a limit: memory, tables, handles, fuel.
* ``deadline``: it was stopped at its deadline.
* ``too-large``: the message is larger than the component accepts; the guest did not see it.
* ``host-failure``: the engine of this host failed.
"""

MAX_ATTEMPTS = 1_000_000
MAX_SECONDS = 30 * 24 * 3600.0


def _attempts(value: object) -> int | Literal["unlimited"]:
    if value == "unlimited":
        return "unlimited"
    number = isinstance(value, int) and not isinstance(value, bool)
    if not number or not 1 <= value <= MAX_ATTEMPTS:  # type: ignore[operator]
        raise ValueError(f'expected a number from 1 to {MAX_ATTEMPTS:,}, or "unlimited"')
    return value  # type: ignore[return-value]


Attempts = Annotated[
    int | Literal["unlimited"],
    PlainValidator(_attempts),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 1, "maximum": MAX_ATTEMPTS},
                {"const": "unlimited"},
            ]
        }
    ),
]


def _order(value: str) -> str:
    kind, colon, name = value.partition(":")
    if (kind == "metadata" and name.isprintable() and name) or (
        kind in ("none", "topic", "partition") and not colon
    ):
        return value
    raise ValueError('expected "none", "topic", "partition" or "metadata:KEY"')


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("expected a number")
    try:
        return float(value)
    except OverflowError:
        raise ValueError("expected a smaller number") from None


def _one_line(value: str) -> str:
    if not value.isprintable() or value != value.strip():
        raise ValueError("expected text on one line, without white space at its ends")
    return value


Number = Annotated[float, BeforeValidator(_number)]


class RetryConfig(Table):
    """``retry = {…}``: how often a message is handled, and the pauses between.

    The pause after the first attempt is ``initial``; each further one is ``factor`` times longer,
    up to ``max``. Each is varied at random by ``jitter``, so that messages that failed together do
    not come again together.

    Attributes:
        attempts: handlings of one message, the first included, or ``"unlimited"``.
        initial: seconds before the second attempt.
        factor: how much longer each pause is than the one before.
        max: seconds of the longest pause.
        jitter: part of a pause by which it may be shorter or longer, 0 to 1.
    """

    attempts: Attempts = 10
    initial: Duration = Field(default=0.5, le=MAX_SECONDS)
    factor: Number = Field(default=2.0, ge=1, le=1000, allow_inf_nan=False)
    max: Duration = Field(default=60.0, le=MAX_SECONDS)
    jitter: Number = Field(default=0.2, ge=0, le=1, allow_inf_nan=False)

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if self.max < self.initial:
            raise ValueError("max is the longest pause and cannot be shorter than initial")
        if self.attempts == "unlimited" and self.max == 0:
            raise ValueError("unlimited attempts need a pause: set max above 0")
        return self

    def pause(self, attempt: int) -> float:
        """Seconds between this attempt and the next, without jitter."""
        try:
            return min(self.initial * self.factor ** (attempt - 1), self.max)
        except OverflowError:
            return self.max

    def total(self) -> float:
        """Seconds of all pauses together at their longest; infinite for unlimited attempts."""
        if self.attempts == "unlimited":
            return float("inf")
        growing = 0.0
        for attempt in range(1, self.attempts):
            pause = self.pause(attempt)
            if pause >= self.max or self.factor == 1:
                return (growing + pause * (self.attempts - attempt)) * (1 + self.jitter)
            growing += pause
        return growing * (1 + self.jitter)


DEFAULT_ACTIONS: dict[Outcome, Action] = {
    "ok": "ack",
    "timeout": "retry",
    "connection": "retry",
    "other": "retry",
    "permission-denied": "dead-letter",
    "trap": "retry",
    "limit": "retry",
    "deadline": "retry",
    "too-large": "dead-letter",
    "host-failure": "retry",
}
"""The table, where a subscription does not say otherwise."""


class DeadLetterConfig(Table):
    """``dead_letter = {…}``: where messages go that are given up.

    Attributes:
        topic: of the dead letters.
        client: whose broker it is; default: the subscription's own.
    """

    topic: str = Field(min_length=1, examples=["dead-letter.alerts"])
    client: str | None = Field(default=None, examples=["default"])


class SubscriptionConfig(Table):
    """One entry of ``[[components.NAME.subscriptions]]``.

    Attributes:
        topic: topic pattern in the broker's dialect.
        client: the client whose broker it is.
        group: consumer group; hosts of one group share the messages. Default: the component's name.
        max_in_flight: messages fetched and not settled yet, at most.
        start: where a group begins that the broker has not seen before: ``"new"``, with messages
            published from now on; ``"all"``, with those already stored.
        order: which messages are handled one after another: ``"none"``; ``"topic"``: those of the
            same topic; ``"partition"``: those of the same partition; ``"metadata:KEY"``: those with
            the same value of this key (messages without it are not ordered).
        retry: how often a message is handled, and the pauses between.
        actions: what is done after each outcome, where it is not the default.
        dead_letter: where messages go that are given up.
        on_exhausted: what is done with a message whose last attempt failed: ``"dead-letter"``
            (default with ``dead_letter``), ``"stop"`` (default without) or ``"drop"``.
    """

    topic: str = Field(min_length=1, examples=["sensors.*.temperature"])
    client: str = Field(default="default", examples=["default"])
    group: Annotated[str, AfterValidator(_one_line)] | None = Field(
        default=None, min_length=1, examples=["alerts"]
    )
    max_in_flight: Count = Field(default=64, ge=1, le=100_000)
    start: Start = Field(default="new", examples=["all"])
    order: Annotated[str, AfterValidator(_order)] = Field(
        default="none", examples=["topic", "metadata:order-id"]
    )
    retry: RetryConfig = Field(default=RetryConfig(), examples=[{"attempts": 5, "initial": "1s"}])
    actions: dict[Outcome, Action] = Field(
        default={}, examples=[{"trap": "dead-letter", "deadline": "drop"}]
    )
    dead_letter: DeadLetterConfig | None = Field(
        default=None, examples=[{"topic": "dead-letter.alerts"}]
    )
    on_exhausted: Literal["dead-letter", "stop", "drop"] | None = Field(
        default=None, examples=["drop"]
    )

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.actions.get("ok") == "retry":
            raise ValueError('actions.ok = "retry" would handle again what was handled')
        if self.dead_letter is not None:
            return self
        if self.on_exhausted == "dead-letter":
            raise ValueError('on_exhausted = "dead-letter" needs dead_letter = { topic = "…" }')
        for outcome, action in self.actions.items():
            if action == "dead-letter":
                raise ValueError(
                    f'actions.{outcome} = "dead-letter" needs dead_letter = {{ topic = "…" }}'
                )
        return self

    def action(self, outcome: Outcome) -> Action:
        """The row of the table."""
        return self.actions.get(outcome, DEFAULT_ACTIONS[outcome])

    @property
    def dead_letter_client(self) -> str:
        """The client of the dead letters."""
        named = self.dead_letter.client if self.dead_letter is not None else None
        return named or self.client

    @property
    def exhausted(self) -> Action:
        """What is done with a message that cannot be tried again."""
        return self.on_exhausted or ("stop" if self.dead_letter is None else "dead-letter")
