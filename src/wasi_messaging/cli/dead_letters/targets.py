"""Where dead letters wait: on the topics that the configuration names, or on one that is named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pydantic import ValidationError

from ...abc import Broker
from ...brokers import broker_class
from ...config import Config, SubscriptionConfig
from ...config.explain import explain
from ...config.lines import Location
from ...config.problems import Problem, describe
from ...config.redaction import may_hold_secrets
from ...config.source import Source, read_text, read_toml
from ...errors import ConfigError, MessageRejectedError
from ..failures import USAGE, Failure
from ..session import DEFAULT_FILE, client_settings, find_config, no_components


@dataclass(frozen=True, slots=True)
class Target:
    """A topic of dead letters, and whose broker it is on."""

    client: str
    topic: str

    def __str__(self) -> str:
        return f"{self.topic} of client {self.client}"


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
    file = path or (DEFAULT_FILE if DEFAULT_FILE.exists() else None)
    configured = [
        target
        for target in (configured_targets(file) if file is not None else [])
        if client in (None, target.client)
    ]
    if topic is None:
        return configured or _nothing(file, client)
    matching = [target for target in configured if _matches(config, target, topic)]
    return matching or [_named(config, topic, client or "default")]


def configured_targets(file: Path) -> list[Target]:
    """The ``dead_letter`` of every subscription. Whatever else is wrong with the components, their
    missing files above all, is no reason not to look at letters.

    Raises:
        ConfigError: a subscription that has dead letters is wrong.
    """
    source = read_toml(read_text(file), file.absolute().parent, str(file))
    targets: dict[Target, None] = {}
    problems: list[Problem] = []
    for at, table in _subscriptions(source):
        problems += [problem for problem in source.problems if problem.location[: len(at)] == at]
        try:
            entry = SubscriptionConfig.model_validate(table)
        except ValidationError as error:
            hidden = partial(may_hold_secrets, from_environment=source.hidden)
            problems += explain(error, SubscriptionConfig, at, hidden)
        else:
            if entry.dead_letter is not None:
                targets[Target(entry.dead_letter_client, entry.dead_letter.topic)] = None
    if problems:
        raise ConfigError(describe(source, problems))
    return list(targets)


def _subscriptions(source: Source) -> Iterator[tuple[Location, Mapping[str, object]]]:
    """The tables that say where dead letters go, and where each stands."""
    components = source.values.get("components")
    for name, component in components.items() if isinstance(components, Mapping) else ():
        tables = component.get("subscriptions") if isinstance(component, Mapping) else None
        for index, table in enumerate(tables if isinstance(tables, list) else ()):
            if isinstance(table, Mapping) and "dead_letter" in table:
                yield ("components", name, "subscriptions", index), table


def _matches(config: Config, target: Target, topic: str) -> bool:
    return target.topic == topic or _broker(config, target.client).matches(topic, target.topic)


def _named(config: Config, topic: str, client: str) -> Target:
    """A topic that the configuration does not know: another host's, perhaps."""
    broker = _broker(config, client)
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


def _broker(config: Config, client: str) -> Broker:
    """The broker of a client, not connected."""
    settings = client_settings(config, client)
    return broker_class(settings.url)(settings)


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
