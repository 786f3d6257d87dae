"""What the operator reads about messages: every decision in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..config.delivery import Action, Outcome
from ..errors import GuestError, GuestTrapError, HandlingError
from ..units import format_duration
from .received import Received

if TYPE_CHECKING:
    from .deliveries import Deliveries

_ENDINGS: dict[Action, str] = {
    "ack": "acknowledged",
    "dead-letter": "given up: it becomes a dead letter",
    "drop": "given up and dropped, as configured",
    "stop": "given up: the subscription stops",
}


def attached(deliveries: Deliveries) -> str:
    """The one line about a subscription that is really attached."""
    config = deliveries.config
    parts = [
        f"component {deliveries.component.name}: attached to {config.topic} of client "
        f"{config.client} as group {deliveries.group}, {config.max_in_flight} in flight at most"
    ]
    if config.order != "none":
        parts.append(f"in order by {config.order}")
    if config.dead_letter is not None:
        parts.append(
            f"dead letters to {config.dead_letter.topic} of client {config.dead_letter_client}"
        )
    if deliveries.target is not None and (
        (kept := deliveries.target.broker.capabilities.retention) is not None
    ):
        parts.append(f"which keeps them for {format_duration(kept)}")
    return ", ".join(parts)


def ended(
    received: Received,
    outcome: Outcome,
    error: HandlingError | None,
    action: Action,
    pause: float,
) -> None:
    """Log what became of an attempt that was no plain success."""
    what = f"again in {pause:.3g} s" if action == "retry" else _ENDINGS[action]
    received.component.log.warning(
        "%s (attempt %d, %s), %s: %s",
        name(received),
        received.attempt,
        outcome,
        what,
        words(error),
    )


def lost(received: Received) -> None:
    """Log and count a message that a broker without acknowledgement cannot take back."""
    received.component.counters.lost += 1
    received.component.log.warning(
        "%s is lost: not handled, and its broker delivers at most once", name(received)
    )


def halted(received: Received, outcome: Outcome, why: str) -> str:
    """Why a subscription ends, and what to do."""
    config = received.deliveries.config
    advice = "mend the cause" if config.dead_letter else "mend the cause, or configure dead_letter"
    return (
        f"component {received.component.name}: the subscription to {config.topic} of client "
        f"{config.client} stops because of {name(received)} (attempt {received.attempt}, "
        f"{outcome}): {why}; {advice}"
    )


def name(received: Received) -> str:
    """A message as an operator finds it at the broker."""
    identity = received.delivery.id
    named = "" if identity is None else f" {identity}"
    return f"message{named} of {received.delivery.message.topic}"


def words(error: HandlingError | None) -> str:
    """An error for the log: what happened, by whose doing, and for a trap where."""
    if error is None:
        return "the guest returned ok"
    if isinstance(error, GuestError):
        return f"the guest returned {error}"
    if not isinstance(error, GuestTrapError):
        return str(error)
    parts = [f"the guest trapped: {error.reason}", *error.backtrace]
    if error.stderr:
        parts.append("last lines of its standard error:")
        parts.extend(error.stderr)
    return "\n  ".join(parts)
