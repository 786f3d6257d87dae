"""JavaScript on QuickJS by componentize-qjs."""

from __future__ import annotations

from pathlib import Path

from ..catalog import Guest
from ..tools import QJS_VERSION, WIT, componentize_qjs, run


def version() -> str:
    """The builder's version."""
    return f"componentize-qjs {QJS_VERSION}"


def inputs(guest: Guest) -> list[Path]:
    """The WIT and this recipe."""
    return [*WIT.glob("*.wit"), Path(__file__)]


def build(guest: Guest, output: Path) -> None:
    """Build the component."""
    world: list[str | Path] = ["-w", WIT, "-n", "messaging-request-reply"]
    run(*componentize_qjs(), *world, "-j", guest.source, "-o", output)
