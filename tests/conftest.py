"""Fixtures that all tests share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from shell import Shell, wait_until_gone


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return Path(__file__).parent.parent


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    """A shell in an empty folder, whose default client is an embedded broker of its own."""
    shell = Shell(tmp_path)
    yield shell
    shell.close()
    wait_until_gone(str(tmp_path))
