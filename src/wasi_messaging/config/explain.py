"""Pydantic's errors as :class:`Problem`: expected, got, an example, the nearest name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic.functional_validators import BeforeValidator
from pydantic_core import ErrorDetails

from ..units import format_bytes, format_duration, parse_bytes, parse_duration
from .lines import Location
from .problems import Problem, dotted, nearest, shown, toml_value

_EXPECTED = {
    "bool": "true or false",
    "bytes": "text",
    "dict": "a table",
    "float": "a number",
    "int": "a whole number",
    "list": "a list",
    "mapping": "a table",
    "model": "a table",
    "path": "a path",
    "set": "a list",
    "string": "text",
    "tuple": "a list",
    "url": "a URL",
}
KEY = "[key]"
"""The last part of a place where the name of an entry is wrong, not its value."""
_BOUNDS = {
    "greater_than_equal": ("at least", "ge"),
    "greater_than": ("more than", "gt"),
    "less_than_equal": ("at most", "le"),
    "less_than": ("less than", "lt"),
}
_FORMATS: dict[Any, Callable[[Any], str]] = {
    parse_bytes: lambda value: toml_value(format_bytes(value)),
    parse_duration: lambda value: toml_value(format_duration(value)),
}


def explain(
    error: ValidationError,
    model: type[BaseModel],
    at: Location,
    is_hidden: Callable[[Location], bool],
) -> Iterator[Problem]:
    """The problems in a failed validation of ``model``, whose table stands at ``at``."""
    for detail in error.errors(include_url=False):
        inner = detail["loc"]
        if inner[-1:] == (KEY,):
            yield Problem((*at, *inner[:-1]), _unknown_name(detail))
            continue
        location = (*at, *inner)
        hidden = is_hidden(location)
        table, field = _find(model, inner)
        yield Problem(location, _text(detail, table, field, hidden=hidden))


def format_value(field: FieldInfo | None, value: object) -> str:
    """A value as one would write it for this field: ``"64MiB"`` where the field is a size."""
    for item in field.metadata if field is not None else ():
        if isinstance(item, BeforeValidator) and item.func in _FORMATS:
            return _FORMATS[item.func](value)
    return toml_value(value)


def example(field: FieldInfo) -> str | None:
    """A value of a field as one would write it: its first example, else its default."""
    if field.examples:
        return toml_value(field.examples[0])
    default = field.get_default()
    return None if field.is_required() or default is None else format_value(field, default)


def _text(
    detail: ErrorDetails, table: type[BaseModel] | None, field: FieldInfo | None, *, hidden: bool
) -> str:
    kind, name = detail["type"], str(detail["loc"][-1]) if detail["loc"] else ""
    if kind == "extra_forbidden":
        return f"unknown key; {nearest(name, _keys(table), 'known keys')}"
    sample = _sample(name, field)
    if kind == "missing":
        return f"missing{sample}"
    expected = _expected(detail, field, hidden=hidden)
    if expected.startswith("expected"):
        got = detail["input"]
        expected += f", got {shown(got, hidden=hidden)}"
        if expected.startswith("expected text") and isinstance(got, (bool, int, float)):
            expected += "; put it in quotes"
    return expected if kind == "value_error" else expected + sample


def _unknown_name(detail: ErrorDetails) -> str:
    """The name of an entry is none of those there are."""
    known = re.findall("'([^']+)'", str(detail.get("ctx", {}).get("expected", "")))
    return f"unknown key; {nearest(str(detail['input']), known, 'known keys')}"


def _keys(table: type[BaseModel] | None) -> list[str]:
    fields = table.model_fields if table is not None else {}
    return [name for name, field in fields.items() if not field.exclude]


def _sample(name: str, field: FieldInfo | None) -> str:
    text = example(field) if field is not None else None
    return f"; for example: {dotted((name,))} = {text}" if text is not None and name else ""


def _expected(detail: ErrorDetails, field: FieldInfo | None, *, hidden: bool) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind in _BOUNDS:
        words, key = _BOUNDS[kind]
        return f"expected {words} {format_value(field, context[key])}"
    if kind == "literal_error":
        return f"expected {str(context['expected']).replace(chr(39), chr(34))}"
    if kind == "value_error":
        return str(context["error"])
    if kind == "string_too_short" and context.get("min_length") == 1:
        return "expected text that is not empty"
    what = _EXPECTED.get(kind.split("_")[0])
    if what is not None and kind.endswith(("_type", "_parsing", "_from_float")):
        return f"expected {what}"
    message = detail["msg"][:1].lower() + detail["msg"][1:]
    leaks = hidden and str(detail["input"]) in message
    return f"not acceptable ({kind.replace('_', ' ')})" if leaks else message


def _find(
    model: type[BaseModel], location: Location
) -> tuple[type[BaseModel] | None, FieldInfo | None]:
    """The model whose table holds the last key of a place, and that key's field."""
    table: type[BaseModel] | None = model
    field: FieldInfo | None = None
    annotation: object = model
    for part in location:
        table = _model_in(annotation)
        if table is not None and isinstance(part, str):
            field = table.model_fields.get(part)
            annotation = field.annotation if field is not None else None
        else:
            field, annotation = None, _item_of(annotation)
    return table, field


def _model_in(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in (dict, tuple, list):
        return None
    for argument in get_args(annotation):
        if (found := _model_in(argument)) is not None:
            return found
    return None


def _item_of(annotation: object) -> object:
    """What the items of a container are; of an optional container too."""
    arguments = get_args(annotation)
    origin = get_origin(annotation)
    if origin is dict:
        return arguments[1] if arguments else None
    if origin in (list, tuple, set, frozenset):
        return arguments[0] if arguments else None
    containers = [item for item in map(_item_of, arguments) if item is not None]
    return containers[0] if containers else None
