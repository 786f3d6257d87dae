"""Where built guests are kept: by the content of everything they are made from."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from .catalog import Guest
from .recipes import Recipe, recipe_for
from .tools import cache_folder, lock

KEPT = 3
"""Builds of a guest that stay in the cache."""


def provide(guest: Guest, collection: str, *, force: bool = False) -> bool:
    """Put a guest where it belongs, building it if need be; return whether it was built.

    Builds of a collection are kept apart from those of others.

    Raises:
        BuildError: it could not be built.
    """
    recipe = recipe_for(guest)
    key = _key(guest, recipe)
    stamp = guest.output.with_suffix(".key")
    if not force and guest.output.exists() and stamp.exists() and stamp.read_text() == key:
        return False
    folder = cache_folder() / collection / guest.name
    with lock(folder / "lock"):
        kept = folder / f"{key}.wasm"
        fresh = force or not kept.exists()
        if fresh:
            _build(guest, recipe, kept)
            _prune(folder)
        _copy(kept, guest.output)
        stamp.write_text(key)
    return fresh


def _key(guest: Guest, recipe: Recipe) -> str:
    digest = hashlib.sha256(f"{guest.kind}\0{recipe.version()}\0".encode())
    for path in sorted({guest.source, *recipe.inputs(guest)}):
        content = path.read_bytes()
        digest.update(f"{path.name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _build(guest: Guest, recipe: Recipe, kept: Path) -> None:
    with tempfile.TemporaryDirectory(dir=kept.parent) as scratch:
        result = Path(scratch) / "component.wasm"
        recipe.build(guest, result)
        result.replace(kept)


def _copy(kept: Path, output: Path) -> None:
    output.parent.mkdir(parents=True, exist_ok=True)
    partial = output.with_suffix(f".{os.getpid()}")
    shutil.copyfile(kept, partial)
    partial.replace(output)


def _prune(folder: Path) -> None:
    builds = sorted(folder.glob("*.wasm"), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in builds[KEPT:]:
        old.unlink()
