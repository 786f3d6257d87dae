"""Go: generated bindings, a package for the guest, and Go's own compiler."""

from __future__ import annotations

import shutil
from pathlib import Path

from ..catalog import Guest
from ..go import ENVIRONMENT, go, runtime_module
from ..go import version as go_version
from ..own_tool import componentize, sources
from ..tools import TOOLCHAIN, WIT, run

_SOURCES = TOOLCHAIN / "go"
_WIT = [WIT, TOOLCHAIN / "wit"]
_EXPORTS = {
    "handler": "export_wasi_messaging_incoming_handler",
    "command": "export_wasi_cli_run",
}
_MODULE = "go.bytecodealliance.org/pkg"


def version() -> str:
    """The compiler's version."""
    return go_version()


def inputs(guest: Guest) -> list[Path]:
    """What goes with the guest, the WIT, our tool, how the compiler is called, this recipe."""
    wit = [file for folder in _WIT for file in folder.rglob("*.wit")]
    more = [_SOURCES / "collect.go", _SOURCES / f"{guest.kind}.go", TOOLCHAIN / "go.py"]
    return [*more, *wit, *sources(), Path(__file__)]


def build(guest: Guest, output: Path) -> None:
    """Generate, compile, wrap."""
    module = output.with_name("module")
    core = output.with_name("core.wasm")
    world: list[str | Path] = [word for folder in _WIT for word in ("--wit", folder)]
    world += ["--world", guest.kind]
    run(componentize(), "bindings", *world, "-o", module)
    _write(guest, module)
    # The runtime module reaches into Go's runtime, which the linker has to be told to allow.
    options = ("-buildmode=c-shared", "-trimpath", "-ldflags=-s -w -checklinkname=0")
    run(go(), "build", *options, "-o", core, ".", folder=module, env=ENVIRONMENT)
    run(componentize(), "encode", core, *world, "--preview1", "-o", output)


def _write(guest: Guest, module: Path) -> None:
    _copy(guest.source, module / "guest" / "guest.go")
    _copy(_SOURCES / "collect.go", module / "collect" / "collect.go")
    _copy(_SOURCES / f"{guest.kind}.go", module / _EXPORTS[guest.kind] / "export.go")
    pkg = module / "pkg"
    shutil.copytree(runtime_module() / "wit", pkg / "wit")
    # Its own go.mod asks for the newest Go, which it does not need.
    (pkg / "go.mod").write_text(f"module {_MODULE}\n\ngo 1.26\n")
    with (module / "go.mod").open("a") as file:
        file.write(f"\nreplace {_MODULE} => ./pkg\n")


def _copy(source: Path, destination: Path) -> None:
    destination.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, destination)
