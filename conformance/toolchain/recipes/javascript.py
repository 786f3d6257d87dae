"""JavaScript on QuickJS by componentize-qjs."""

from __future__ import annotations

from pathlib import Path

from ..catalog import Guest
from ..npm import QJS, componentize_qjs
from ..tools import TOOLCHAIN, WIT, run

_WORLDS = {"handler": "messaging-request-reply", "command": "guests:toolchain/python-command"}


def version() -> str:
    """The builder's version."""
    return QJS


def inputs(guest: Guest) -> list[Path]:
    """The WIT and this recipe."""
    return [*WIT.glob("*.wit"), Path(__file__)]


def build(guest: Guest, output: Path) -> None:
    """Build the component."""
    componentize(guest.source, output)


def componentize(script: Path, output: Path) -> None:
    """Make a component of JavaScript."""
    world: list[str | Path] = ["-w", WIT, "-n", "messaging-request-reply"]
    run(*componentize_qjs(), *world, "-j", script, "-o", output)
