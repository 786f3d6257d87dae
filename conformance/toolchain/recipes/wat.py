"""The WebAssembly text format."""

from __future__ import annotations

from pathlib import Path

from ..catalog import Guest
from ..own_tool import componentize, sources
from ..tools import run


def version() -> str:
    """The tool is among the inputs."""
    return "text"


def inputs(guest: Guest) -> list[Path]:
    """The tool and this recipe."""
    return [*sources(), Path(__file__)]


def build(guest: Guest, output: Path) -> None:
    """Translate."""
    run(componentize(), "text", guest.source, "-o", output)
