"""The WebAssembly text format, by the engine's own parser."""

from __future__ import annotations

from pathlib import Path

from ..catalog import Guest
from ..tools import BuildError


def version() -> str:
    """The parser takes any text that is valid: there is no version to tell apart."""
    return "text"


def inputs(guest: Guest) -> list[Path]:
    """The text is all."""
    return []


def build(guest: Guest, output: Path) -> None:
    """Translate."""
    try:
        from wasi_messaging._engine import parse_text  # built later than this file
    except ImportError:
        raise BuildError("the engine is not built yet: run make") from None
    try:
        output.write_bytes(parse_text(guest.source.read_text()))
    except Exception as error:
        raise BuildError(str(error)) from None
