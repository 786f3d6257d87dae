"""What one part of a configuration says of another: names, patterns, what a broker can do."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from ..abc import Broker, BrokerSettings
from ..errors import MessagingError
from .cycles import dead_letter_cycles
from .delivery import SubscriptionConfig
from .folders import writable_by_guests
from .lines import Location
from .models import ComponentConfig
from .problems import Problem, dotted, nearest
from .suitability import unsuitable

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_NAME_HELP = "use letters, digits, '-' and '_', 64 at most, a letter or digit first"


def check(
    clients: Mapping[str, BrokerSettings],
    components: Mapping[str, ComponentConfig],
    client_names: Sequence[str],
    file: Path | None = None,
) -> list[Problem]:
    """The problems between parts that are right by themselves; connects to nothing.

    Args:
        clients: those whose settings were right.
        components: those whose tables were right.
        client_names: all clients, also those with wrong settings.
        file: the file of the configuration, if it is from one.
    """
    problems = [
        Problem(
            ("clients", name),
            "a client's name is text on one line, without white space at its ends",
        )
        for name in client_names
        if not name or not name.isprintable() or name != name.strip()
    ]
    brokers = dict(_make_brokers(clients, problems))
    for name, component in components.items():
        at = ("components", name)
        if not _NAME.fullmatch(name):
            problems.append(Problem(at, f"not a component's name; {_NAME_HELP}"))
        problems += check_file(component.path, (*at, "path"))
        problems += _files(component, (*at, "files"))
        problems += _subscriptions(component, at, brokers, client_names)
        problems += _permissions(component, at, brokers, client_names)
    problems += dead_letter_cycles(components, brokers)
    problems += writable_by_guests(clients, components, file)
    return problems


def _make_brokers(
    clients: Mapping[str, BrokerSettings], problems: list[Problem]
) -> Iterator[tuple[str, Broker]]:
    from ..brokers import broker_class

    for name, settings in clients.items():
        try:
            yield name, broker_class(settings.url)(settings)
        except MessagingError as error:
            problems.append(Problem(("clients", name), str(error)))


def check_file(path: Path, at: Location) -> Iterator[Problem]:
    """The problems of a component's path: there must be a file that can be read."""
    try:
        path.stat()
    except FileNotFoundError:
        yield Problem(at, f"no such file: {path}; build the component, or correct the path")
    except OSError as error:
        yield Problem(at, f"cannot read {path}: {error.strerror}")
    except ValueError:  # of the path: a NUL, or what no file name can be encoded from
        yield Problem(at, f"not a path: {str(path)!r}; name the component's .wasm file")
    else:
        if not path.is_file():
            yield Problem(at, f"not a file: {path}; name the component's .wasm file")
        elif not os.access(path, os.R_OK, effective_ids=True):
            yield Problem(at, f"not readable by this user: {path}")


def _files(component: ComponentConfig, at: Location) -> Iterator[Problem]:
    """Granted folders must be there, each under a name of its own."""
    first = dict[str, int]()
    for index, folder in enumerate(component.files):
        here = (*at, index)
        if not folder.path.exists():
            yield Problem((*here, "path"), f"no such folder: {folder.path}; make it first")
        elif not folder.path.is_dir():
            yield Problem((*here, "path"), f"not a folder: {folder.path}; name the one it is in")
        elif not os.access(folder.path, os.R_OK | os.X_OK, effective_ids=True):
            yield Problem((*here, "path"), f"not readable by this user: {folder.path}")
        elif folder.write and not os.access(folder.path, os.W_OK, effective_ids=True):
            yield Problem((*here, "write"), f"not writable by this user: {folder.path}")
        if (other := first.setdefault(folder.guest, index)) != index:
            same = dotted((*at, other))
            yield Problem((*here, "guest"), f"the same name as in {same}; give it another")


def _subscriptions(
    component: ComponentConfig,
    at: Location,
    brokers: Mapping[str, Broker],
    client_names: Sequence[str],
) -> Iterator[Problem]:
    name, first = str(at[-1]), dict[object, int]()
    for index, subscription in enumerate(component.subscriptions):
        here = (*at, "subscriptions", index)
        if subscription.client not in client_names:
            yield _unknown_client(subscription.client, (*here, "client"), client_names)
        elif subscription.client in brokers:
            yield from _subscription(subscription, here, brokers)
        yield from _dead_letter(subscription, here, brokers, client_names)
        group = subscription.group or name
        key = (subscription.client, subscription.topic, group)
        if (other := first.setdefault(key, index)) != index:
            same = dotted((*at, "subscriptions", other))
            yield Problem(here, f"the same client, topic and group as {same}; remove one")


def _subscription(
    subscription: SubscriptionConfig, at: Location, brokers: Mapping[str, Broker]
) -> Iterator[Problem]:
    broker = brokers[subscription.client]
    yield from _legal(broker.validate_pattern, subscription.topic, (*at, "topic"))
    client = f"the broker of client {subscription.client!r}"
    if subscription.start == "all" and not broker.capabilities.replays:
        text = f'{client} stores nothing that a new group could start from; use start = "new"'
        yield Problem((*at, "start"), text)
    if subscription.group is not None and not broker.capabilities.groups:
        text = f"{client} has no groups: every host receives every message; remove the group"
        yield Problem((*at, "group"), text)
    target = None
    if subscription.dead_letter is not None:
        target = brokers.get(subscription.dead_letter_client)
    able = None if target is None else target.capabilities
    for key, text in unsuitable(subscription, broker.capabilities, able):
        yield Problem((*at, key), text)


def _dead_letter(
    subscription: SubscriptionConfig,
    at: Location,
    brokers: Mapping[str, Broker],
    client_names: Sequence[str],
) -> Iterator[Problem]:
    target = subscription.dead_letter
    if target is None:
        return
    here = (*at, "dead_letter")
    if target.client is not None and target.client not in client_names:
        yield _unknown_client(target.client, (*here, "client"), client_names)
    broker = brokers.get(subscription.dead_letter_client)
    if broker is not None:
        yield from _legal(broker.validate_topic, target.topic, (*here, "topic"))


def _permissions(
    component: ComponentConfig,
    at: Location,
    brokers: Mapping[str, Broker],
    client_names: Sequence[str],
) -> Iterator[Problem]:
    for client, granted in component.permissions.items():
        here = (*at, "permissions", client)
        if client not in client_names:
            yield _unknown_client(client, here, client_names)
        broker = brokers.get(client)
        if broker is None:
            continue
        for index, pattern in enumerate(granted.send):
            yield from _legal(broker.validate_pattern, pattern, (*here, "send", index))
        for index, pattern in enumerate(granted.request):
            yield from _legal(broker.validate_pattern, pattern, (*here, "request", index))
        if granted.request and broker.capabilities.request_reply == "none":
            text = f"the broker of client {client!r} has no requests; remove the permission"
            yield Problem((*here, "request"), text)


def _legal(validate: Callable[[str], None], text: str, at: Location) -> Iterator[Problem]:
    """What the broker has against a topic or a pattern."""
    try:
        validate(text)
    except MessagingError as error:
        yield Problem(at, str(error))


def _unknown_client(name: str, at: Location, known: Sequence[str]) -> Problem:
    hint = nearest(name, known, "the clients are")
    table = dotted(("clients", name))
    return Problem(at, f"no client {name!r}; {hint} (or add [{table}])")
