"""What brokers differ in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a broker can do. It selects the shared tests, fills the table in the documentation, and
    words every error that says "this broker cannot".

    Attributes:
        durable: a published message is stored, whether or not anybody subscribes, and survives a
            restart of the broker.
        acknowledgement: a delivery that was neither acknowledged nor handed back comes again.
        shared: other processes reach the same broker.
        confirms: ``publish`` completes only when the broker has taken responsibility.
        groups: members of one group share the messages.
        wildcards: patterns may match many topics.
        metadata: messages carry metadata.
        duplicate_metadata_keys: … in which a key may occur more than once.
        content_type: messages carry a content type.
        delayed_nack: ``nack(delay)`` makes the broker wait, not the host.
        counts_attempts: :attr:`Delivery.attempt` is the broker's count and survives a crash of the
            host.
        replays: a new group may start with the messages already stored (``start="all"``).
        partitions: deliveries name the partition they came from (:attr:`Delivery.partition`).
        request_reply: how requests travel.
        ordered: messages of one topic are delivered in the order they were published.
        lease: seconds after which an unsettled delivery comes again; ``None``: not by time.
        max_message_size: the largest body in bytes; ``None``: no limit of its own.
        max_delay: seconds that ``nack(delay)`` may ask for; ``None``: no limit.
        retention: seconds after which a stored message is gone though nobody acknowledged it;
            ``None``: it stays.
        deduplication: seconds for which a ``deduplication_id`` is remembered; ``None``: it is not.
    """

    durable: bool = False
    acknowledgement: bool = False
    shared: bool = True
    confirms: bool = False
    groups: bool = False
    wildcards: bool = False
    metadata: bool = True
    duplicate_metadata_keys: bool = False
    content_type: bool = True
    delayed_nack: bool = False
    counts_attempts: bool = False
    replays: bool = False
    request_reply: Literal["native", "none"] = "none"
    ordered: bool = False
    lease: float | None = None
    max_message_size: int | None = None
    partitions: bool = False
    max_delay: float | None = None
    retention: float | None = None
    deduplication: float | None = None
