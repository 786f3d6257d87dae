"""Write the tables of keys into docs/configuration.md, from the models that check them.

With ``--check`` nothing is written; the exit status is 1 if the file is not up to date.
"""

from __future__ import annotations

import inspect
import re
import sys
import types
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic.functional_validators import BeforeValidator

from wasi_messaging.brokers import broker_class
from wasi_messaging.brokers._nats.settings import StreamSettings
from wasi_messaging.config import (
    ComponentConfig,
    Config,
    DeadLetterConfig,
    FolderConfig,
    MetricsConfig,
    Permissions,
    RetryConfig,
    SubscriptionConfig,
)
from wasi_messaging.config.delivery import Action, Outcome
from wasi_messaging.config.explain import format_value
from wasi_messaging.units import parse_bytes, parse_duration

PAGE = Path(__file__).parent.parent / "docs" / "configuration.md"
BLOCK = re.compile(r"(<!-- keys: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
LISTED: list[type[BaseModel]] = [
    Config,
    MetricsConfig,
    ComponentConfig,
    FolderConfig,
    SubscriptionConfig,
    RetryConfig,
    DeadLetterConfig,
    Permissions,
    StreamSettings,
    *(broker_class(f"{scheme}:").settings_type for scheme in ("embedded", "memory", "nats")),
]
MODELS = {model.__name__: model for model in LISTED}
WORDS: dict[Any, str] = {
    bool: "true or false",
    float: "number",
    int: "whole number",
    Path: "path",
    str: "text",
    SecretStr: "text",
}


def table(model: type[BaseModel]) -> str:
    """The keys of a model: name, kind of value, default, meaning."""
    meanings = attributes(model)
    rows = ["| key | value | default | meaning |", "|---|---|---|---|"]
    for name, field in model.model_fields.items():
        if not field.exclude:
            meaning = meanings[name].replace("|", "\\|")
            rows.append(f"| `{name}` | {kind(field)} | {default(field)} | {meaning} |")
    return "\n".join(rows) + "\n"


def attributes(model: type[BaseModel]) -> dict[str, str]:
    """What the docstrings of a model and its bases say of each attribute, as Markdown."""
    found: dict[str, str] = {}
    for base in reversed(model.__mro__):
        _, _, section = (inspect.cleandoc(base.__doc__ or "")).partition("Attributes:\n")
        for entry in re.split(r"\n(?=    \w)", section.removeprefix("    ").rstrip()):
            name, colon, text = entry.strip().partition(": ")
            if colon:
                found[name] = " ".join(text.split()).replace("``", "`")
    return found


def kind(field: FieldInfo) -> str:
    """What one writes as a field's value."""
    for item in field.metadata:
        if isinstance(item, BeforeValidator):
            if item.func is parse_duration:
                return "duration"
            if item.func is parse_bytes:
                return "size"
    return spell(field.annotation)


def spell(annotation: Any) -> str:
    """A type in words."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return spell(arguments[0])
    if origin is Literal:
        return " or ".join(f'`"{value}"`' for value in arguments)
    if origin in (Union, types.UnionType):
        return " or ".join(spell(item) for item in arguments if item is not type(None))
    if origin is tuple:
        return f"list of {spell(arguments[0])}s"
    if origin is dict and arguments == (Outcome, Action):
        return "table: outcome → action"
    if origin is dict:
        return f"table of {spell(arguments[1])}s"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "table"
    return WORDS[annotation]


def default(field: FieldInfo) -> str:
    """A field's default as one would write it."""
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True, validated_data={})
    if isinstance(value, BaseModel):
        return "see below"
    return "none" if value is None else f"`{format_value(field, value)}`"


def main() -> int:
    """Write, or check, the page."""
    text = PAGE.read_text()
    new = BLOCK.sub(lambda block: f"{block[1]}{table(MODELS[block[2]])}{block[3]}", text)
    if "--check" in sys.argv[1:]:
        if new != text:
            print(f"{PAGE} is not up to date; run {sys.argv[0]}", file=sys.stderr)
        return int(new != text)
    PAGE.write_text(new)
    return 0


if __name__ == "__main__":
    sys.exit(main())
