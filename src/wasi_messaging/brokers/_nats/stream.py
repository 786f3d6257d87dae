"""The stream that stores the topics: adopted as it is, or created as configured."""

from __future__ import annotations

import logging
from typing import Any

from ...errors import BrokerError
from .. import subjects
from .errors import STREAM_NOT_FOUND, ApiError
from .link import Link
from .settings import StreamSettings

log = logging.getLogger("wasi_messaging.brokers.nats")


def new_config(settings: StreamSettings) -> dict[str, Any]:
    """A stream as ``[clients.NAME] stream`` describes it, in JetStream's words."""
    return {
        "name": settings.name,
        "subjects": list(settings.subjects),
        "retention": "limits",
        "discard": "old",
        "storage": settings.storage,
        "num_replicas": settings.replicas,
        "max_age": int(settings.max_age * 1e9),
        "duplicate_window": int(settings.remembered * 1e9),
        "max_bytes": settings.max_bytes or -1,
        "max_msgs": settings.max_msgs or -1,
        "max_consumers": -1,
        "allow_direct": True,
    }


async def attach(link: Link, settings: StreamSettings) -> dict[str, Any]:
    """The configuration of the stream, which exists when this returns.

    Raises:
        BrokerError: it does not exist and may not be created, or stores other topics.
    """
    name = settings.name
    try:
        config: dict[str, Any] = (await link.api(f"STREAM.INFO.{name}"))["config"]
    except ApiError as error:
        if error.number != STREAM_NOT_FOUND:
            raise error.translated(f"stream {name!r} at {link.address}") from error
        return await _create(link, settings)
    stored = tuple(config.get("subjects") or ())
    missing = [wanted for wanted in settings.subjects if not covered(wanted, stored)]
    if missing:
        raise BrokerError(
            f"stream {name!r} at {link.address} exists but does not store {', '.join(missing)}; it "
            f"stores {', '.join(stored) or 'no subjects of its own'}. Change `subjects`, the "
            "stream's name, or the stream"
        )
    return config


async def _create(link: Link, settings: StreamSettings) -> dict[str, Any]:
    name = settings.name
    if not settings.create:
        raise BrokerError(
            f"there is no stream {name!r} at {link.address}; create it, or let this host do it: "
            f'stream = {{ name = "{name}", subjects = ["…"], create = true }}'
        )
    try:
        answer = await link.api(f"STREAM.CREATE.{name}", new_config(settings))
    except ApiError as error:
        raise error.translated(f"creating stream {name!r} at {link.address}") from error
    log.info("%s: created stream %r for %s", link.address, name, ", ".join(settings.subjects))
    config: dict[str, Any] = answer["config"]
    return config


async def adjust(link: Link, settings: StreamSettings, keys: tuple[str, ...]) -> dict[str, Any]:
    """Make an existing stream's limits what the settings say; the rest of it stays."""
    name = settings.name
    wanted = new_config(settings)
    try:
        config: dict[str, Any] = (await link.api(f"STREAM.INFO.{name}"))["config"]
        changed = {key: wanted[key] for key in keys if config.get(key, 0) != wanted[key]}
        if changed:
            config = (await link.api(f"STREAM.UPDATE.{name}", config | changed))["config"]
            log.info("%s: stream %r now has %s", link.address, name, changed)
    except ApiError as error:
        raise error.translated(f"changing stream {name!r} at {link.address}") from error
    return config


def covered(pattern: str, stored: tuple[str, ...]) -> bool:
    """Whether all topics of a pattern are among those of one stored pattern."""
    endless = pattern.endswith(">")  # which only another such covers; '*' is a single token
    return any(
        subjects.matches(have, pattern) and (have.endswith(">") or not endless) for have in stored
    )
