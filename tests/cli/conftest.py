"""The command in real processes, each test in a folder of its own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from shell import Shell, processes


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    """A shell in an empty folder, whose default client is an embedded broker of its own."""
    shell = Shell(tmp_path)
    yield shell
    shell.close()
    deadline = time.monotonic() + 10
    while left := processes(str(tmp_path)):
        assert time.monotonic() < deadline, f"left behind: {left}"
        time.sleep(0.05)
