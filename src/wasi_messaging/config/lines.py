"""The line of each key of a TOML text, which :mod:`tomllib` does not tell."""

from __future__ import annotations

import json
import re

Location = tuple[str | int, ...]

_KEY = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*')"""
_DOTTED = rf"{_KEY}(?:[ \t]*\.[ \t]*{_KEY})*"
_HEADER = re.compile(rf"[ \t]*(\[\[?)[ \t]*({_DOTTED})[ \t]*\]")
_ASSIGNMENT = re.compile(rf"[ \t]*({_DOTTED})[ \t]*=")
_TOKEN = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"{3,5}'
    r"|'''(?:[^']|'(?!''))*'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'"
    r"|#[^\n]*|[\[{]|[\]}]|\n",
    re.DOTALL,
)


def find_lines(text: str) -> dict[Location, int]:
    """Place of each key and table → its line, counted from 1.

    Expects valid TOML. Keys inside inline tables and arrays are not found; the key that holds them
    is.
    """
    lines: dict[Location, int] = {}
    arrays: dict[Location, int] = {}
    table: Location = ()
    position, number = 0, 1
    while position < len(text):
        if header := _HEADER.match(text, position):
            table = _enter(_parts(header[2]), arrays, element=header[1] == "[[")
            lines.setdefault(table, number)
            lines.setdefault(table[:-1] if isinstance(table[-1], int) else table, number)
            position = header.end()
        elif assignment := _ASSIGNMENT.match(text, position):
            keys = _parts(assignment[1])
            for length in range(1, len(keys) + 1):
                lines.setdefault((*table, *keys[:length]), number)
            position = assignment.end()
        end = _end_of_statement(text, position)
        number += text.count("\n", position, end)
        position = end
    return lines


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(_unquote(part) for part in re.findall(_KEY, dotted))


def _unquote(part: str) -> str:
    if part.startswith("'"):
        return part[1:-1]
    if part.startswith('"'):
        try:
            return str(json.loads(part))
        except ValueError:  # an escape that only TOML has
            return part[1:-1]
    return part


def _enter(names: tuple[str, ...], arrays: dict[Location, int], *, element: bool) -> Location:
    """The place a header opens: names inside an array of tables belong to its last element."""
    place: Location = ()
    for index, name in enumerate(names):
        place = (*place, name)
        if element and index == len(names) - 1:
            arrays[place] = arrays.get(place, -1) + 1
        if place in arrays:
            place = (*place, arrays[place])
    return place


def _end_of_statement(text: str, position: int) -> int:
    """After the line break that ends the statement: not one inside a string or a bracket."""
    depth = 0
    for token in _TOKEN.finditer(text, position):
        if token[0] in ("[", "{"):
            depth += 1
        elif token[0] in ("]", "}"):
            depth -= 1
        elif token[0] == "\n" and depth <= 0:
            return token.end()
    return len(text)
