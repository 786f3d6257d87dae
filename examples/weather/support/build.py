"""Building the component, unless it was built before from the same source."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from .commands import StepError

WIT = Path(__file__).resolve().parents[3] / "wit"
WORLD = "messaging-core"


def build(source: Path, component: Path) -> bool:
    """Make a component from a Python file; return whether that was needed.

    Raises:
        StepError: it could not be built; the text has the builder's words.
    """
    kept = _cache() / f"{_key(source)}.wasm"
    fresh = not kept.exists()
    if fresh:
        partial = kept.with_suffix(f".{os.getpid()}")
        kept.parent.mkdir(parents=True, exist_ok=True)
        _componentize(source, partial)
        partial.replace(kept)
    shutil.copyfile(kept, component)
    return fresh


def _componentize(source: Path, component: Path) -> None:
    program = Path(sys.executable).with_name("componentize-py")
    world = ["-d", str(WIT), "-w", WORLD]
    app = ["-p", str(source.parent), source.stem, "-o", str(component)]
    done = subprocess.run(
        [program, *world, "componentize", *app], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise StepError(f"componentize-py:\n{done.stderr.strip()}")


def _key(source: Path) -> str:
    digest = hashlib.sha256(f"{WORLD} {version('componentize-py')}".encode())
    for path in [source, *sorted(WIT.glob("*.wit"))]:
        digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()


def _cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "wasi-messaging" / "examples"
