"""Python by componentize-py."""

from __future__ import annotations

from pathlib import Path

from .. import own_wit
from ..catalog import Guest
from ..tools import TOOLCHAIN, WIT, componentize_py, installed, run

_WORLDS = {"handler": "messaging-request-reply", "command": "guests:toolchain/python-command"}


def version() -> str:
    """The builder's version."""
    return installed("componentize-py")


def inputs(guest: Guest) -> list[Path]:
    """The WIT and this recipe."""
    return [*(file for folder in _wit(guest) for file in folder.rglob("*.wit")), Path(__file__)]


def build(guest: Guest, output: Path) -> None:
    """Build the component with the source as its only module."""
    wit: list[str | Path] = [word for folder in _wit(guest) for word in ("-d", folder)]
    app: list[str | Path] = ["-p", guest.source.parent, guest.source.stem]
    name = _WORLDS[guest.kind]
    if own_wit.folder(guest) is not None:
        name = f"guests:{guest.scenario}/{own_wit.world(guest)}"
    world = ["-w", name]
    run(*componentize_py(), *wit, *world, "componentize", *app, "-o", output)


def _wit(guest: Guest) -> list[Path]:
    own = own_wit.folder(guest)
    if own is not None:
        return [WIT, own]
    return [WIT] + ([TOOLCHAIN / "wit"] if guest.kind == "command" else [])
