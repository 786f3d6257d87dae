"""What ``wasi_messaging`` exports is what it says it exports, and comes without a wait."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import wasi_messaging


def test_every_exported_name_can_be_imported() -> None:
    """The lazy table names things that exist."""
    for name in wasi_messaging.__all__:
        assert getattr(wasi_messaging, name).__name__ == name


def test_type_checkers_see_the_same_names() -> None:
    """The names imported under TYPE_CHECKING are those of the lazy table."""
    tree = ast.parse(Path(wasi_messaging.__file__).read_text())
    checked = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.level == 1
        for alias in node.names
    }
    assert checked == set(wasi_messaging.__all__)


def test_the_public_surface_stays_small() -> None:
    """About twenty names; more need a reason."""
    assert len(wasi_messaging.__all__) <= 24


def test_importing_the_package_imports_no_library() -> None:
    """``wasi-messaging --help`` must not wait for pydantic, rich, nats or the engine."""
    code = (
        "import sys, wasi_messaging;"
        "print(sorted({'pydantic', 'rich', 'nats', 'wasi_messaging._engine'} & set(sys.modules)))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
