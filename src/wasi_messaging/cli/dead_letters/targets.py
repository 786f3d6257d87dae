"""Where dead letters wait: on the topics that the configuration names, or on one that is named."""

from __future__ import annotations

from pathlib import Path

from ...config import Config
from ...errors import ConfigError, MessageRejectedError
from ..failures import USAGE, Failure
from ..session import DEFAULT_FILE, find_config, no_components
from .configured import Target, broker_of, configured_targets, find_file


def find_targets(path: Path | None, topic: str | None, client: str | None) -> list[Target]:
    """What a command means.

    Args:
        path: what ``--config`` said.
        topic: what ``--topic`` said; a pattern stands for the configured topics it matches.
        client: what ``--client`` said.

    Raises:
        ConfigError: the configuration cannot be used, or names no such topic.
    """
    config = find_config(path, no_components)
    file = find_file(path)
    configured = [
        target
        for target in (configured_targets(file) if file is not None else [])
        if client in (None, target.client)
    ]
    if topic is None:
        return configured or _nothing(file, client)
    matching = [target for target in configured if _matches(config, target, topic)]
    return matching or [_named(config, topic, client or "default")]


def _matches(config: Config, target: Target, topic: str) -> bool:
    return target.topic == topic or broker_of(config, target.client).matches(topic, target.topic)


def _named(config: Config, topic: str, client: str) -> Target:
    """A topic that the configuration does not know: another host's, perhaps."""
    broker = broker_of(config, client)
    broker.validate_pattern(topic)
    try:
        broker.validate_topic(topic)
    except MessageRejectedError:
        raise Failure(
            f"{topic!r} matches no dead-letter topic of the configuration, and each topic has a "
            "queue of its own: name one topic",
            USAGE,
        ) from None
    return Target(client, topic)


def _nothing(file: Path | None, client: str | None) -> list[Target]:
    hint = "name the topic with --topic"
    if file is None:
        raise ConfigError(
            f"there is no {DEFAULT_FILE} here that says where dead letters go; {hint}"
        )
    whose = f" of client {client!r}" if client is not None else ""
    raise ConfigError(
        f"{file}: no subscription has a dead-letter topic{whose}; {hint}, or add to one: "
        'dead_letter = { topic = "dead-letter.NAME" }'
    )
