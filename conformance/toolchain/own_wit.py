"""WIT of a scenario whose guests want more than messaging: its folder ``wit/``."""

from __future__ import annotations

from pathlib import Path

from .catalog import Guest


def folder(guest: Guest) -> Path | None:
    """The scenario's own WIT, its dependencies in ``deps/``; ``None`` if it has none."""
    found = guest.source.parent / "wit"
    return found if found.is_dir() else None


def world(guest: Guest) -> str:
    """The guest's world there: it has the name of the source file."""
    return guest.source.stem


def files(guest: Guest) -> list[Path]:
    """All of it."""
    found = folder(guest)
    return [] if found is None else sorted(found.rglob("*.wit"))
