"""The suite with its components in C, which are built in a moment."""

from __future__ import annotations

import functools
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from wasi_messaging.conformance.run import Suite
from wasi_messaging.conformance.scenarios import load

SMALL = ("answers", "cases/c", "config", "only-types", "sends", "shapes", "strays")


@functools.cache
def built(folder: Path) -> Path:
    """The suite's folder, its small components built."""
    command = [sys.executable, str(folder / "build.py"), *SMALL]
    builder = subprocess.run(command, check=False, capture_output=True, text=True)
    assert builder.returncode == 0, builder.stderr
    return folder


@pytest.fixture
def folder(root: Path) -> Path:
    """``conformance/`` of the repository."""
    return built(root / "conformance")


@pytest.fixture
def choose(folder: Path) -> Callable[..., Suite]:
    """Gives the suite with only the scenarios of some names, in C."""

    def choose(*names: str) -> Suite:
        groups = {
            title: tuple(one for one in group if one.id in names)
            for title, group in load(folder).items()
        }
        assert sum(map(len, groups.values())) == len(names), names
        return Suite(folder, groups, ["c"])

    return choose
