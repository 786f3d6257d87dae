"""What is wrong with a configuration, in words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Protocol

from .lines import Location


class Lines(Protocol):
    """What :func:`describe` needs of a source."""

    name: str

    def line(self, location: Location) -> int | None:
        """The line of a key, if known."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong.

    Attributes:
        location: the key it is wrong at.
        text: what is wrong and what to do; holds no secret.
    """

    location: Location
    text: str


def describe(source: Lines, problems: Iterable[Problem]) -> str:
    """One line for each problem, in the order of the file: ``messaging.toml:12: a.b: …``."""
    located = [(source.line(problem.location), problem) for problem in problems]
    located.sort(key=lambda pair: pair[0] or 0)
    lines = []
    for line, problem in located:
        where = source.name if line is None else f"{source.name}:{line}"
        key = f"{dotted(problem.location)}: " if problem.location else ""
        lines.append(f"{where}: {key}{problem.text}")
    return "\n".join(dict.fromkeys(lines))


def dotted(location: Location) -> str:
    """A place as people write it: ``components.alerts.subscriptions[0].topic``."""
    text = ""
    for part in location:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            plain = re.fullmatch(r"[A-Za-z0-9_-]+", part)
            text += ("." if text else "") + (part if plain else json.dumps(part))
    return text


def nearest(name: str, known: Sequence[str], what: str) -> str:
    """A hint after "unknown …": the nearest known name, else all of them."""
    near = get_close_matches(name, known, n=1, cutoff=0.5)
    if near:
        return f"did you mean {json.dumps(near[0])}?"
    return f"{what}: {', '.join(known)}" if known else f"{what}: none"


def toml_value(value: object) -> str:
    """A value as TOML spells it, on one line."""
    if isinstance(value, Mapping):
        items = ", ".join(f"{dotted((key,))} = {toml_value(item)}" for key, item in value.items())
        return f"{{ {items} }}" if items else "{}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(toml_value(item) for item in value)}]"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, (bool, int, float, str)):
        return json.dumps(value, ensure_ascii=False)
    return json.dumps(str(value), ensure_ascii=False)


def kind_of(value: object) -> str:
    """What a value is, without showing it."""
    match value:
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "text"
        case Mapping():
            return "a table"
        case list() | tuple():
            return "a list"
        case None:
            return "nothing"
    return f"a {type(value).__name__}"


def shown(value: object, *, hidden: bool) -> str:
    """A value in an error: as written if that is short and no secret, else only its kind."""
    if hidden or isinstance(value, (Mapping, list, tuple)) or value is None:
        return kind_of(value)
    text = toml_value(value)
    return text if len(text) <= 60 else f"{kind_of(value)} of {len(str(value))} characters"
