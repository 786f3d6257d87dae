"""Rust: a package around the only source file, its bindings by the macro of wit-bindgen."""

from __future__ import annotations

import shutil
from pathlib import Path

from ..catalog import Guest
from ..own_tool import componentize, sources
from ..rust import TARGET, compiler
from ..tools import TOOLCHAIN, WIT, cache_folder, lock, run

_PACKAGE = TOOLCHAIN / "rust"
_WIT = {"messaging": WIT, "toolchain": TOOLCHAIN / "wit"}


def version() -> str:
    """The compiler's version."""
    return compiler().version


def inputs(guest: Guest) -> list[Path]:
    """The package, the WIT, the wrapping tool, how the compiler is called, and this recipe."""
    wit = [file for folder in _WIT.values() for file in folder.rglob("*.wit")]
    package = [_PACKAGE / name for name in ("Cargo.toml", "Cargo.lock", f"src/{guest.kind}.rs")]
    return [*package, *wit, *sources(), TOOLCHAIN / "rust.py", Path(__file__)]


def build(guest: Guest, output: Path) -> None:
    """Compile and wrap."""
    folder = cache_folder() / "rust"
    core = output.with_name("core.wasm")
    # One package for all guests, one after the other, so that only the guest itself is compiled.
    with lock(folder / "lock"):
        _write(guest, folder / "package")
        _compile(folder)
        shutil.copyfile(folder / "target" / TARGET / "release" / "guest.wasm", core)
    run(componentize(), "encode", core, "-o", output)


def _write(guest: Guest, package: Path) -> None:
    shutil.rmtree(package, ignore_errors=True)
    (package / "src").mkdir(parents=True)
    for name in ("Cargo.toml", "Cargo.lock"):
        shutil.copyfile(_PACKAGE / name, package / name)
    shutil.copyfile(_PACKAGE / "src" / f"{guest.kind}.rs", package / "src" / "lib.rs")
    shutil.copyfile(guest.source, package / "src" / "guest.rs")
    for name, wit in _WIT.items():
        shutil.copytree(wit, package / "wit" / name)


def _compile(folder: Path) -> None:
    rust = compiler()
    options = ("--quiet", "--release", "--locked", "--target", TARGET, *rust.options)
    target = ("--target-dir", folder / "target")
    run(rust.cargo, "build", *options, *target, folder=folder / "package", env=rust.env)
