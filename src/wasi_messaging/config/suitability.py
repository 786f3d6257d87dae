"""What a subscription asks for against what its brokers can do."""

from __future__ import annotations

from ..capabilities import Capabilities
from ..units import format_duration
from .delivery import SubscriptionConfig


def unsuitable(
    config: SubscriptionConfig, broker: Capabilities, target: Capabilities | None
) -> list[tuple[str, str]]:
    """Keys of the subscription that cannot work, each with the reason and what to do.

    Args:
        config: the subscription.
        broker: what the broker of its messages can do.
        target: what the broker of its dead letters can do, if it has any and that is known.
    """
    problems = [_order(config, broker), _retry(config, broker)]
    if target is not None:
        problems.append(_dead_letter(broker, target))
    return [problem for problem in problems if problem is not None]


def _order(config: SubscriptionConfig, broker: Capabilities) -> tuple[str, str] | None:
    kind = config.order.partition(":")[0]
    if kind == "none":
        return None
    client = f"the broker of client {config.client!r}"
    if kind == "partition" and not broker.partitions:
        return "order", f'{client} has no partitions; use order = "topic" or "metadata:KEY"'
    if kind == "metadata" and not broker.metadata:
        return "order", f'{client} carries no metadata to order by; use order = "topic"'
    if not broker.ordered:
        return "order", f'{client} delivers in no order that could be kept; use order = "none"'
    return None


def _retry(config: SubscriptionConfig, broker: Capabilities) -> tuple[str, str] | None:
    total, kept = config.retry.total(), broker.retention
    if kept is None or total < kept or "retry" not in config.model_fields_set:
        return None  # the host warns where it is the default that does not fit
    takes = "never end" if total == float("inf") else f"take up to {format_duration(round(total))}"
    return (
        "retry",
        f"all attempts {takes}, but the broker of client {config.client!r} keeps messages for "
        f"{format_duration(kept)} only: lower attempts or max, or have it keep them longer",
    )


def _dead_letter(broker: Capabilities, target: Capabilities) -> tuple[str, str] | None:
    if broker.durable and not target.durable:
        return (
            "dead_letter",
            "its client's broker does not keep messages through a restart, as that of the messages "
            "does; use a client that stores them",
        )
    if not target.confirms:
        return (
            "dead_letter",
            "its client's broker does not confirm what is published, so dead letters could be "
            "lost; use a client that stores messages",
        )
    if not (target.acknowledgement and target.groups):
        return (
            "dead_letter",
            "its client's broker keeps no messages for a group, so dead letters would be lost; "
            "use a client that does",
        )
    return None
