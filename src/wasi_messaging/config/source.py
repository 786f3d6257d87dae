"""Where a configuration comes from: TOML with variables of the environment, or a dictionary."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import ConfigError
from .lines import Location, find_lines
from .problems import Problem

_VARIABLE = re.compile(r"\$\$\{|\$\{(?P<inside>[^}]*)(?P<end>\})?")
_NAME = re.compile(r"(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>.*))?", re.DOTALL)


@dataclass(slots=True)
class Source:
    """Values to check, and how to speak of them.

    Attributes:
        name: what errors call it: the file as the user wrote it.
        folder: where relative paths start.
        values: the top-level table, variables replaced.
        lines: place of a key → its line, as far as known.
        hidden: places whose values came from the environment and are never shown.
        problems: what was wrong already.
        file: the file, if the values are from one.
    """

    name: str
    folder: Path
    values: dict[str, Any]
    lines: Mapping[Location, int] = field(default_factory=dict)
    hidden: set[Location] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)
    file: Path | None = None

    def line(self, location: Location) -> int | None:
        """The line of a key, or of the innermost table around it that is known."""
        for length in range(len(location), 0, -1):
            line = self.lines.get(location[:length])
            if line is not None:
                return line
        return None


def read_text(path: Path) -> str:
    """The text of a configuration file.

    Raises:
        ConfigError: it cannot be read or is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        reason = "no such file; name another one, or write it (docs/configuration.md shows how)"
    except IsADirectoryError:
        reason = "this is a folder; name the file in it, for example messaging.toml"
    except UnicodeDecodeError as error:
        reason = f"not UTF-8 text (byte {error.start}); a configuration is a TOML file"
    except OSError as error:
        reason = f"cannot be read: {error.strerror or error}"
    raise ConfigError(f"{path}: {reason}")


def read_toml(text: str, folder: Path, name: str) -> Source:
    """Parse TOML and replace variables; missing ones become problems.

    Raises:
        ConfigError: the text is not TOML.
    """
    try:
        values = tomllib.loads(text.removeprefix("\ufeff"))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(_explain_syntax(str(error), text, name)) from None
    except ValueError:  # Python reads no integer of more than 4,300 digits
        raise ConfigError(f"{name}: not valid TOML: a number has thousands of digits") from None
    source = Source(name, folder, {}, lines=find_lines(text))
    source.values = {key: _expand(value, (key,), source) for key, value in values.items()}
    return source


def _explain_syntax(reason: str, text: str, name: str) -> str:
    match = re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)$", reason)
    if match is None:
        return f"{name}: not valid TOML: {reason}"
    line = match[1] or str(text.count("\n") + 1)
    column = f", column {match[2]}" if match[2] else ", at the end"
    return f"{name}:{line}{column}: not valid TOML: {reason[: match.start()]}"


def _expand(value: object, location: Location, source: Source) -> object:
    if isinstance(value, dict):
        return {key: _expand(item, (*location, key), source) for key, item in value.items()}
    if isinstance(value, list):
        return [_expand(item, (*location, index), source) for index, item in enumerate(value)]
    if isinstance(value, str) and "${" in value:
        return _expand_text(value, location, source)
    return value


def _expand_text(text: str, location: Location, source: Source) -> str:
    def replace(match: re.Match[str]) -> str:
        if match[0] == "$${":
            return "${"
        source.hidden.add(location)
        parts = _NAME.fullmatch(match["inside"]) if match["end"] else None
        if parts is None:
            problem = (
                'not a variable; write "${NAME}" or "${NAME:-default}", or "$${" for a plain "${"'
            )
            source.problems.append(Problem(location, problem))
            return ""
        return _variable(parts["name"], parts["default"], location, source)

    return _VARIABLE.sub(replace, text)


def _variable(name: str, default: str | None, location: Location, source: Source) -> str:
    value = os.environ.get(name)
    if default is not None:
        return value or default
    if value is None:
        source.problems.append(
            Problem(
                location,
                f"the environment variable {name} is not set; "
                f'set it, or write a default: "${{{name}:-…}}"',
            )
        )
        return ""
    return value
