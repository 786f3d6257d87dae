"""Words of the WebAssembly text format."""

from __future__ import annotations

from .pool import Span

FOREVER = "(loop $forever (br $forever))"


def identifier(function: str) -> str:
    """A function's name in the text: ``$message.topic`` for ``[method]message.topic``."""
    return "$" + function.replace("[constructor]", "new-").rpartition("]")[2]


def constant(number: int) -> str:
    """A number in the text."""
    return f"(i32.const {number})"


def span(place: Span) -> list[str]:
    """Address and length in the text."""
    return [constant(number if number < 1 << 31 else number - (1 << 32)) for number in place]


def typed(what: str, count: int) -> str:
    """``param`` or ``result`` with so many numbers."""
    return f"({what}{' i32' * count})" if count else ""
