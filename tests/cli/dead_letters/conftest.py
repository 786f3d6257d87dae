"""One embedded broker for all of these tests; each has a folder and topics of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from shell import Shell, wait_until_gone

from .office import Office


@pytest.fixture(scope="package")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder whose embedded broker runs throughout: to start it for each command takes longer
    than the command.
    """
    folder = tmp_path_factory.mktemp("shared")
    shell = Shell(folder)
    shell.start("subscribe", "nothing", ready="listening")
    yield folder
    shell.close()
    wait_until_gone(str(folder))


@pytest.fixture
def office(shared: Path, tmp_path: Path) -> Iterator[Office]:
    """Where letters wait, in an empty folder with a configuration."""
    office = Office(tmp_path, shared)
    yield office
    office.shell.close()
