"""Keeps secrets out of what is said about a configuration, whoever wrote the words."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from urllib.parse import unquote

from .lines import Location
from .problems import Problem

_SECRET_KEY = re.compile(r"pass|token|secret|key|cred|auth|sas|pwd|cert", re.IGNORECASE)
_LOGIN = re.compile(r"//([^/@,]+)@")
_SHORTEST = 3


def may_hold_secrets(location: Location, from_environment: Collection[Location]) -> bool:
    """Whether a value is not to be shown: clients, what guests are told, ``${VAR}``."""
    if location[:1] == ("clients",) or location in from_environment:
        return True
    return len(location) > 3 and location[0] == "components" and location[2] in ("env", "config")


def redact(problem: Problem, clients: object, from_environment: Collection[Location]) -> Problem:
    """The same problem without the secrets of any client in its text."""
    if problem.location[:1] != ("clients",):
        return problem
    text = problem.text
    for secret in sorted(set(_secrets(clients, ("clients",), from_environment)), key=len)[::-1]:
        text = text.replace(secret, "…")
    return replace(problem, text=text)


def _secrets(
    value: object, location: Location, from_environment: Collection[Location]
) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _secrets(item, (*location, str(key)), from_environment)
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from _secrets(item, (*location, index), from_environment)
    elif isinstance(value, str) and len(value) > _SHORTEST:
        key = next((part for part in reversed(location) if isinstance(part, str)), "")
        if location in from_environment or _SECRET_KEY.search(key) or "@" in value:
            yield value
        for login in _LOGIN.findall(value):
            parts = (login, *login.split(":", 1))
            yield from (part for part in (*parts, *map(unquote, parts)) if len(part) > _SHORTEST)
