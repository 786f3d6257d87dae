"""What the guests do, for programs that are no guests."""

from __future__ import annotations

import json
from typing import Any

from .loads import HEADERS

CONTENT_TYPE = "application/json"
PAIRS = (("k", "v"),)
"""What ``guests/bench`` describes its copies with, beside the content type."""
HIGH = 1000
COPIES = 10
"""Of a message that is fanned out."""


def headers(handler: str) -> dict[str, str] | None:
    """What a handler's copies carry on NATS; ``None``: they are plain."""
    return {"content-type": CONTENT_TYPE, **dict(PAIRS)} if handler == HEADERS else None


def change(event: dict[str, Any]) -> dict[str, Any]:
    """As ``guests/transform``: sum up an event's readings, set, change and remove fields."""
    total = sum(reading["value"] for reading in event["readings"])
    event["total"] = total
    event["status"] = "high" if total > HIGH else "normal"
    event["sequence"] += 1
    del event["debug"]
    return event


def transform(data: bytes) -> bytes:
    """The same from and to JSON."""
    return json.dumps(change(json.loads(data)), separators=(",", ":")).encode()
