"""The WebAssembly text format, translated by our tool."""

from __future__ import annotations

from pathlib import Path

from ..catalog import Guest
from ..tools import COMPONENTIZE_SOURCES, componentize, run


def version() -> str:
    """The tool is among the inputs."""
    return "text"


def inputs(guest: Guest) -> list[Path]:
    """The tool; the text is all else."""
    return COMPONENTIZE_SOURCES


def build(guest: Guest, output: Path) -> None:
    """Translate."""
    run(componentize(), guest.source, "-o", output)
