"""What a configuration says of dead letters: where they wait, and where their messages came from.

Whatever else is wrong with the components, their missing files above all, is no reason not to look
at letters.
"""

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
from ...errors import ConfigError
from ..session import DEFAULT_FILE, client_settings


@dataclass(frozen=True, slots=True)
class Target:
    """A topic of dead letters, and whose broker it is on."""

    client: str
    topic: str

    def __str__(self) -> str:
        return f"{self.topic} of client {self.client}"


def find_file(path: Path | None) -> Path | None:
    """The file that ``--config`` names, or the default one where it is there."""
    return path or (DEFAULT_FILE if DEFAULT_FILE.exists() else None)


def configured_targets(file: Path) -> list[Target]:
    """The ``dead_letter`` of every subscription.

    Raises:
        ConfigError: a subscription that has dead letters is wrong.
    """
    source = _read(file)
    targets: dict[Target, None] = {}
    problems: list[Problem] = []
    for at, table in _subscriptions(source):
        if "dead_letter" not in table:
            continue
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


def configured_subscriptions(file: Path) -> list[SubscriptionConfig]:
    """Every subscription that is right."""
    found = []
    for _, table in _subscriptions(_read(file)):
        try:
            found.append(SubscriptionConfig.model_validate(table))
        except ValidationError:
            continue
    return found


def broker_of(config: Config, client: str) -> Broker:
    """The broker of a client, not connected: it knows the dialect of the topics.

    Raises:
        ConfigError: there is no such client.
    """
    settings = client_settings(config, client)
    return broker_class(settings.url)(settings)


def _read(file: Path) -> Source:
    return read_toml(read_text(file), file.absolute().parent, str(file))


def _subscriptions(source: Source) -> Iterator[tuple[Location, Mapping[str, object]]]:
    """The tables of the subscriptions, and where each stands."""
    components = source.values.get("components")
    for name, component in components.items() if isinstance(components, Mapping) else ():
        tables = component.get("subscriptions") if isinstance(component, Mapping) else None
        for index, table in enumerate(tables if isinstance(tables, list) else ()):
            if isinstance(table, Mapping):
                yield ("components", name, "subscriptions", index), table
