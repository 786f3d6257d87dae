"""Before the first message: what is configured against what the brokers, now open, can do."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from ..abc import Subscription
from ..config.suitability import unsuitable
from ..errors import ConfigError
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
        await target.broker.declare(target.topic, GROUP)
    _warn(deliveries)


def verify(deliveries: Deliveries, subscription: Subscription) -> None:
    """Refuse what the broker's own setting for the group makes impossible.

    Raises:
        ConfigError: the broker gives messages up before the retries end.
    """
    attempts, limit = deliveries.config.retry.attempts, subscription.max_deliveries
    if limit is not None and (attempts == "unlimited" or attempts > limit):
        text = (
            f"{attempts} attempts, but the broker gives a message up after {limit} deliveries to "
            f"group {deliveries.group!r}; set attempts = {limit} or less, or change the group there"
        )
        _refuse(deliveries, [("retry", text)])


def _refuse(deliveries: Deliveries, problems: list[tuple[str, str]]) -> None:
    if problems:
        where = f"component {deliveries.component.name}, subscription to {deliveries.config.topic}"
        raise ConfigError("\n".join(f"{where}: {key}: {text}" for key, text in problems))


def _warn(deliveries: Deliveries) -> None:
    able = deliveries.broker.capabilities
    if deliveries.component.config.sends != "on-success":
        return
    for client, grant in deliveries.component.grants.items():
        window = grant.broker.capabilities.deduplication
        if window is not None and able.lease is not None and window <= able.lease:
            logger.warning(
                "component %s: client %s remembers message ids for %g s, not longer than the "
                "lease of %g s: after a crash what was sent on success may be stored twice",
                *(deliveries.component.name, client, window, able.lease),
            )
