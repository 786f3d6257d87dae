"""Before the first message: what is configured against what the brokers, now open, can do."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..abc import Subscription
from ..config.suitability import unsuitable
from ..errors import ConfigError, MessageRejectedError
from ..units import format_duration
from .letters import GROUP

if TYPE_CHECKING:
    from .deliveries import Deliveries

logger = logging.getLogger("wasi_messaging.host")


async def prepare(deliveries: Deliveries) -> None:
    """Refuse what cannot work, and have a place for the dead letters.

    Raises:
        ConfigError: a broker cannot do what is configured.
        BrokerError: the place cannot be made.
    """
    target = deliveries.target
    _refuse(
        deliveries,
        unsuitable(
            deliveries.config,
            deliveries.broker.capabilities,
            None if target is None else target.broker.capabilities,
        ),
    )
    if target is not None:
        try:
            await target.broker.declare(target.topic, GROUP)
        except MessageRejectedError as error:
            _refuse(deliveries, [("dead_letter", str(error))])
    _warn(deliveries)


def verify(deliveries: Deliveries, subscription: Subscription) -> None:
    """Refuse what the broker's own setting for the group makes impossible.

    Raises:
        ConfigError: the broker gives messages up before the retries end.
    """
    attempts, limit = deliveries.config.retry.attempts, subscription.max_deliveries
    if limit is not None and (attempts == "unlimited" or attempts >= limit):
        text = (
            f"{attempts} attempts, but the broker gives a message up after {limit} deliveries to "
            f"group {deliveries.group!r}, and those that a stop hands back count; set attempts "
            f"below {limit}, or change the group there"
        )
        _refuse(deliveries, [("retry", text)])


def _refuse(deliveries: Deliveries, problems: list[tuple[str, str]]) -> None:
    if problems:
        where = f"component {deliveries.component.name}, subscription to {deliveries.config.topic}"
        raise ConfigError("\n".join(f"{where}: {key}: {text}" for key, text in problems))


def _warn(deliveries: Deliveries) -> None:
    where = f"component {deliveries.component.name}, subscription to {deliveries.config.topic}"
    for text in (*_soon_gone(deliveries), *_forgotten(deliveries)):
        logger.warning("%s: %s", where, text)


def _soon_gone(deliveries: Deliveries) -> Iterator[str]:
    """The default of retries may be longer than the broker keeps messages."""
    config, kept = deliveries.config, deliveries.broker.capabilities.retention
    if kept is not None and config.retry.total() >= kept:
        yield (
            f"all attempts take up to {format_duration(round(config.retry.total()))}, but the "
            f"broker keeps messages for {format_duration(kept)} only: one that fails for so long "
            "is lost; set retry"
        )


def _forgotten(deliveries: Deliveries) -> Iterator[str]:
    """What is sent on success may come again when the ids of the first time are forgotten."""
    lease = deliveries.broker.capabilities.lease
    if deliveries.component.config.sends != "on-success" or lease is None:
        return
    again = lease + deliveries.config.retry.max
    for client, grant in deliveries.component.grants.items():
        window = grant.broker.capabilities.deduplication
        if window is not None and window <= again:
            yield (
                f"client {client} remembers message ids for {format_duration(window)}, but a "
                f"message may come again after {format_duration(again)} (lease and the longest "
                "pause): what was sent on success may then be stored twice"
            )
