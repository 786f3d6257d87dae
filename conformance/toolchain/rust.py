"""The Rust compiler that can compile for WebAssembly."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from .tools import BuildError, output_of

TARGET = "wasm32-unknown-unknown"
REMEDY = (
    f"no Rust compiler here compiles for {TARGET}: `rustup target add {TARGET}`, or on Debian "
    "`apt-get install rustc-web cargo-web rust-web-src` and the newest package lld-NUMBER"
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
        BuildError: there is none; says how to get one, and what is wrong with those that are there.
    """
    wrong = []
    for way in (_with_library, _from_source):
        try:
            return way()
        except BuildError as error:
            wrong.append(f"- {error}")
    raise BuildError("\n".join([REMEDY, *wrong]))


def _with_library() -> Compiler:
    rustc, cargo = shutil.which("rustc"), shutil.which("cargo")
    if rustc is None or cargo is None:
        raise BuildError("rustc and cargo are not both on PATH")
    library = Path(output_of(rustc, "--print", "target-libdir", "--target", TARGET))
    if not library.exists():
        raise BuildError(f"{rustc} has no standard library for {TARGET}: {library} is missing")
    return Compiler(Path(cargo), output_of(rustc, "-V"))


def _from_source() -> Compiler:
    rustc, cargo = _DEBIAN / "rustc", _DEBIAN / "cargo"
    if not (rustc.exists() and cargo.exists()):
        raise BuildError(f"rustc and cargo are not both in {_DEBIAN}")
    source = Path(output_of(rustc, "--print", "sysroot")) / "lib/rustlib/src/rust/library/std"
    if not source.exists():
        raise BuildError(f"{rustc} has no source of its standard library: {source} is missing")
    options = [*_BUILD_STD, f'target.{TARGET}.linker="{linker(rustc)}"']
    # Building std is not stable; Debian's compiler takes it only with this variable.
    env = {"RUSTC": str(rustc), "RUSTC_BOOTSTRAP": "1"}
    return Compiler(cargo, output_of(rustc, "-V"), options, env)


def linker(rustc: Path) -> Path:
    """What links for WebAssembly, for a compiler that brings no linker.

    An LLVM does not know what a later one writes, so the linker's is not older than the compiler's.

    Raises:
        BuildError: there is none, or only older ones; names them.
    """
    needed = _llvm(rustc, "-vV")
    wrong = []
    for path in [*_of_rustup(), *_of_packages()]:
        try:
            version = _llvm(path, "-flavor", "wasm", "--version")
        except BuildError as error:
            wrong.append(str(error))
            continue
        if version >= needed:
            return path
        wrong.append(f"{path} is of LLVM {version}")
    text = f"{rustc} needs a linker of LLVM {needed} or later, as in the package lld-{needed}"
    raise BuildError("; ".join([text, *wrong]))


def _of_packages() -> list[Path]:
    """The newest first."""
    numbered = [path for path in _DEBIAN.glob("wasm-ld-*") if path.name[8:].isdecimal()]
    return sorted(numbered, key=lambda path: int(path.name[8:]), reverse=True)


def _of_rustup() -> list[Path]:
    rustc = shutil.which("rustc")
    if rustc is None:
        return []
    try:
        sysroot = Path(output_of(rustc, "--print", "sysroot"))
    except BuildError:  # rustup has no toolchain: _with_library has said so
        return []
    return list(sysroot.glob("lib/rustlib/*/bin/rust-lld"))


def _llvm(program: Path, *options: str) -> int:
    """The LLVM that a compiler or linker is of."""
    text = output_of(program, *options)
    found = re.search(r"(?:LLVM version:|LLD) (\d+)", text)
    if found is None:
        raise BuildError(f"{program} does not say of which LLVM it is: {text}")
    return int(found[1])
