"""JavaScript on QuickJS by componentize-qjs."""

from __future__ import annotations

import shutil
from pathlib import Path

from ..catalog import Guest
from ..npm import QJS, componentize_qjs
from ..tools import TOOLCHAIN, WIT, run

_TOOLCHAIN_WIT = TOOLCHAIN / "wit"


def version() -> str:
    """The builder's version."""
    return QJS


def inputs(guest: Guest) -> list[Path]:
    """The WIT and this recipe."""
    folders = [WIT, _TOOLCHAIN_WIT] if guest.kind == "command" else [WIT]
    return [*(file for folder in folders for file in folder.rglob("*.wit")), Path(__file__)]


def build(guest: Guest, output: Path) -> None:
    """Build the component."""
    componentize(guest, guest.source, output)


def componentize(guest: Guest, script: Path, output: Path) -> None:
    """Make a component of the JavaScript of a guest."""
    world: list[str | Path]
    if guest.kind == "command":
        world = ["-w", _with_dependencies(output.with_name("wit")), "-n", "command"]
    else:
        world = ["-w", WIT, "-n", "messaging-request-reply"]
    run(*componentize_qjs(), *world, "-j", script, "-o", output)


def _with_dependencies(folder: Path) -> Path:
    """All WIT in one folder, since componentize-qjs takes no more."""
    shutil.copytree(_TOOLCHAIN_WIT, folder)
    shutil.copytree(WIT, folder / "deps" / "wasi-messaging")
    return folder
