"""Components that have the shape of a world and trap at every call, from the WIT alone."""

from __future__ import annotations

from pathlib import Path

from ..catalog import Guest
from ..own_tool import componentize, sources
from ..tools import WIT, run


def version() -> str:
    """The tool is among the inputs."""
    return "dummy"


def inputs(guest: Guest) -> list[Path]:
    """The WIT, the tool and this recipe."""
    return [*WIT.glob("*.wit"), *sources(), Path(__file__)]


def build(guest: Guest, output: Path) -> None:
    """Make the component."""
    run(componentize(), "encode", *_base(guest), "--wit", guest.source, "-o", output)


def _base(guest: Guest) -> list[str | Path]:
    """The interface, for a world that includes one of it."""
    return ["--wit", WIT] if "include wasi:messaging/" in guest.source.read_text() else []
