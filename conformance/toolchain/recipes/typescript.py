"""TypeScript: checked and turned into JavaScript by tsc, then as JavaScript."""

from __future__ import annotations

from pathlib import Path

from ..catalog import Guest
from ..npm import QJS, TYPESCRIPT, tsc
from ..tools import TOOLCHAIN, run
from . import javascript

_TYPES = TOOLCHAIN / "typescript" / "messaging.d.ts"
_OPTIONS = [
    "--ignoreConfig",
    "--strict",
    "--noEmitOnError",
    "--verbatimModuleSyntax",
    *("--module", "esnext", "--moduleResolution", "bundler", "--target", "esnext"),
    *("--lib", "esnext", "--types", ""),
]


def version() -> str:
    """The compiler's and the builder's."""
    return f"{TYPESCRIPT} {QJS}"


def inputs(guest: Guest) -> list[Path]:
    """The types of the interface, this recipe and what JavaScript needs."""
    return [_TYPES, Path(__file__), *javascript.inputs(guest)]


def build(guest: Guest, output: Path) -> None:
    """Check, translate, build."""
    run(*tsc(), *_OPTIONS, "--outDir", output.parent, guest.source, _TYPES)
    javascript.componentize(guest, output.parent / f"{guest.source.stem}.js", output)
