"""The Rust compiler that can compile for WebAssembly."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from .tools import BuildError, output_of

TARGET = "wasm32-unknown-unknown"
REMEDY = (
    f"no Rust compiler here compiles for {TARGET}: `rustup target add {TARGET}`, or on Debian "
    "`apt-get install rustc-web cargo-web rust-web-src lld`"
)
_DEBIAN = Path("/usr/bin")
_BUILD_STD = ["-Zbuild-std=std,panic_abort", "--config"]


@dataclass(frozen=True)
class Compiler:
    """What compiles a guest.

    Attributes:
        cargo: the program.
        version: of the compiler.
        options: more words for ``cargo build``.
        env: more of its environment.
    """

    cargo: Path
    version: str
    options: list[str] = field(default_factory=list)
    env: dict[str, str] = field(default_factory=dict)


@cache
def compiler() -> Compiler:
    """The first that is there: one with the standard library for the target, which rustup installs,
    or Debian's, which compiles that library from its source.

    Raises:
        BuildError: there is none; says how to get one.
    """
    found = _with_library() or _from_source()
    if found is None:
        raise BuildError(REMEDY)
    return found


def _with_library() -> Compiler | None:
    rustc, cargo = shutil.which("rustc"), shutil.which("cargo")
    if rustc is None or cargo is None:
        return None
    library = output_of(rustc, "--print", "target-libdir", "--target", TARGET)
    return Compiler(Path(cargo), output_of(rustc, "-V")) if Path(library).exists() else None


def _from_source() -> Compiler | None:
    rustc, cargo = _DEBIAN / "rustc", _DEBIAN / "cargo"
    if not (rustc.exists() and cargo.exists()):
        return None
    source = Path(output_of(rustc, "--print", "sysroot")) / "lib/rustlib/src/rust/library/std"
    found = linker()
    if not source.exists() or found is None:
        return None
    options = [*_BUILD_STD, f'target.{TARGET}.linker="{found}"']
    # Building std is not stable; Debian's compiler takes it only with this variable.
    env = {"RUSTC": str(rustc), "RUSTC_BOOTSTRAP": "1"}
    return Compiler(cargo, output_of(rustc, "-V"), options, env)


def linker() -> Path | None:
    """What links for WebAssembly, for a compiler that brings no linker."""
    return next(_linkers(), None)


def _linkers() -> Iterator[Path]:
    """Linkers for WebAssembly: the one that comes with rustup's compiler, then LLVM's newest."""
    rustc = shutil.which("rustc")
    if rustc is not None:
        yield from Path(output_of(rustc, "--print", "sysroot")).glob("lib/rustlib/*/bin/rust-lld")
    numbered = [path for path in _DEBIAN.glob("wasm-ld-*") if path.name[8:].isdecimal()]
    yield from sorted(numbered, key=lambda path: int(path.name[8:]), reverse=True)
