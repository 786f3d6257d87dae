"""The toolchain's own program, ``componentize``: compiled once for each state of its source."""

from __future__ import annotations

import hashlib
import os
import shutil
from functools import cache
from pathlib import Path

from .tools import TOOLCHAIN, cache_folder, lock, program, run

_CRATE = TOOLCHAIN / "componentize"
MANIFEST = _CRATE / "Cargo.toml"
RUST = "install Rust 1.95 or later"
_LENGTH = 64
KEPT = 3
"""States of the program that stay in the cache."""


def sources() -> list[Path]:
    """Every file that the program is made from."""
    return sorted([MANIFEST, _CRATE / "Cargo.lock", *(_CRATE / "src").glob("*.rs")])


@cache
def componentize() -> Path:
    """The program.

    Raises:
        BuildError: there is no Rust to compile it with, or it does not compile.
    """
    digest = hashlib.sha256(b"\0".join(path.read_bytes() for path in sources()))
    folder = cache_folder() / "componentize"
    kept = folder / digest.hexdigest()
    with lock(folder / "lock"):
        if not kept.exists():
            partial = folder / f"{os.getpid()}.partial"
            shutil.copy2(_compile(), partial)
            partial.replace(kept)
            _prune(folder)
    return kept


def _compile() -> Path:
    target = cache_folder() / "componentize" / "target"
    options = ("--release", "--locked", "--manifest-path", MANIFEST, "--target-dir", target)
    run(program("cargo", RUST), "build", *options)
    return target / "release" / "componentize"


def _prune(folder: Path) -> None:
    programs = [path for path in folder.iterdir() if len(path.name) == _LENGTH]
    for old in sorted(programs, key=lambda path: path.stat().st_mtime, reverse=True)[KEPT:]:
        old.unlink()
