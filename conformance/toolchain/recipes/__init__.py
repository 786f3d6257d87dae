"""One recipe for each kind of source."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from ..catalog import Guest
from . import c, go, javascript, python, rust, typescript, wat, wit


class Recipe(Protocol):
    """What a module of this package offers."""

    def version(self) -> str:
        """What besides the inputs decides the result: the versions of the tools."""

    def inputs(self, guest: Guest) -> list[Path]:
        """Every file that the guest is made from, the source itself aside."""

    def build(self, guest: Guest, output: Path) -> None:
        """Make the component; the folder of ``output`` is there for anything else."""


_RECIPES: dict[str, Recipe] = {
    ".c": c,
    ".go": go,
    ".js": javascript,
    ".py": python,
    ".rs": rust,
    ".ts": typescript,
    ".wat": wat,
    ".wit": wit,
}


def recipe_for(guest: Guest) -> Recipe:
    """The recipe that builds a guest."""
    return _RECIPES[guest.source.suffix]
