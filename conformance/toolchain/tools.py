"""The programs that build guests, and how to get one that is missing."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

TOOLCHAIN = Path(__file__).resolve().parent
WIT = TOOLCHAIN.parent / "wit"
"""The interface; a copy of the project's, so that the suite stands alone."""


class BuildError(Exception):
    """A guest could not be built; the text says why and what to do."""


def cache_folder() -> Path:
    """The user's cache folder of this project."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "wasi-messaging"


def run(
    *command: str | Path, folder: Path | None = None, env: Mapping[str, str] | None = None
) -> None:
    """Run a build step, in a folder and with more in its environment.

    Raises:
        BuildError: it failed; carries its output.
    """
    words = [str(word) for word in command]
    try:
        subprocess.run(
            words,
            cwd=folder,
            env={**os.environ, "RUST_BACKTRACE": "0", **(env or {})},
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
        raise BuildError(f"the PyPI package {package} is missing: pip install {package}") from None


def zig_cc() -> list[str | Path]:
    """The C compiler."""
    return [sys.executable, "-m", "ziglang", "cc"]


def componentize_py() -> list[str | Path]:
    """The builder of components from Python."""
    return [sys.executable, "-c", "import componentize_py; componentize_py.script()"]


def program(name: str, remedy: str) -> Path:
    """A program: the one beside this Python, which a PyPI package brought, else that on ``PATH``.

    Raises:
        BuildError: it is missing; says how to get it.
    """
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        raise BuildError(f"{name} is missing: {remedy}")
    return Path(found)


def output_of(*command: str | Path, env: Mapping[str, str] | None = None) -> str:
    """What a program writes.

    Raises:
        BuildError: it failed; carries its output.
    """
    words = [str(word) for word in command]
    environment = {**os.environ, **(env or {})}
    done = subprocess.run(words, env=environment, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise BuildError(f"{_named(words)} failed:\n{done.stderr.strip()}")
    return done.stdout.strip()
