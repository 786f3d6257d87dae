"""C without a libc: zig's clang makes a core module, our tool a component of it."""

from __future__ import annotations

from pathlib import Path

from .. import own_wit
from ..catalog import Guest
from ..own_tool import componentize, sources
from ..tools import TOOLCHAIN, WIT, installed, run, zig_cc

_HEADERS = TOOLCHAIN / "include"
_WIT = [WIT, TOOLCHAIN / "wit"]
_FLAGS = [
    "--target=wasm32-freestanding",
    "-std=c17",
    "-Wall",
    "-Wextra",
    "-Werror",
    "-Os",
    "-nostdlib",
    "-fno-builtin",
    "-Wl,--no-entry",
    "-Wl,--strip-debug",
]


def version() -> str:
    """The compiler's version."""
    return installed("ziglang")


def inputs(guest: Guest) -> list[Path]:
    """Headers, those beside the source too, WIT, the wrapping tool and this recipe."""
    headers = [*_HEADERS.glob("*.h"), *guest.source.parent.parent.glob("*/*.h")]
    wit = [file for folder in _WIT for file in folder.rglob("*.wit")]
    return [*headers, *wit, *own_wit.files(guest), *sources(), Path(__file__)]


def build(guest: Guest, output: Path) -> None:
    """Compile and wrap."""
    core = output.with_name("core.wasm")
    run(*zig_cc(), *_FLAGS, "-I", _HEADERS, guest.source, "-o", core)
    own = own_wit.folder(guest)
    folders = _WIT if own is None else [*_WIT, own]
    wit = [word for folder in folders for word in ("--wit", folder)]
    world = guest.kind if own is None else own_wit.world(guest)
    run(componentize(), "encode", core, *wit, "--world", world, "-o", output)
