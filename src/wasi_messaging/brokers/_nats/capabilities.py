"""What core NATS and JetStream can do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ...abc import Capabilities
from .settings import StreamSettings

CORE = Capabilities(
    groups=True,
    wildcards=True,
    duplicate_metadata_keys=True,
    request_reply="native",
    ordered=True,
)


def stream_capabilities(settings: StreamSettings) -> Capabilities:
    """What JetStream adds to core NATS."""
    return replace(
        CORE,
        durable=settings.storage == "file",
        acknowledgement=True,
        confirms=True,
        delayed_nack=True,
        counts_attempts=True,
        replays=True,
        lease=settings.ack_wait,
        retention=settings.max_age or None,
        deduplication=settings.remembered,
    )


def with_stream(known: Capabilities, config: Mapping[str, Any]) -> Capabilities:
    """The same for the stream as it is; ``config`` is in JetStream's words."""
    return replace(
        known,
        durable=config.get("storage") == "file",
        retention=config.get("max_age", 0) / 1e9 or None,
        deduplication=config.get("duplicate_window", 0) / 1e9 or None,
    )
