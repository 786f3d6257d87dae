"""What docs/worlds.md says is what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from guests.hosting import built
from wasi_messaging import Config
from wasi_messaging.revisions import REVISIONS, SERVED


@pytest.fixture
def page(root: Path) -> str:
    """The page."""
    return (root / "docs" / "worlds.md").read_text()


def test_the_configuration_is_valid(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given the folder, the component and the variable that it names."""
    [text] = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    (tmp_path / "alerts.wasm").write_bytes(built("echo/c").read_bytes())
    (tmp_path / "data").mkdir()
    monkeypatch.setenv("TOKEN", "secret")
    component = Config.parse(text, folder=tmp_path, source="worlds.md").components["alerts"]
    assert component.files[0].write
    assert component.http == ("api.example.org", "localhost:8080", "*.internal")


def test_the_table_of_revisions(page: str) -> None:
    """It has each that is told apart, once, and those that run are the ones that are served."""
    section = page.partition("## Revisions")[2]
    rows = [row.split("|")[1:-1] for row in re.findall(r"^\|.*\|$", section, re.MULTILINE)[2:]]
    assert len(rows) == len(REVISIONS)
    for revision, (package, published, _, here) in zip(REVISIONS, rows, strict=True):
        name, _, version = revision.package.partition("@")
        assert version in package if version else name.split()[0] in package
        assert revision.commit in published
        assert revision.date in published
        assert ("**runs**" in here) == (revision in SERVED), revision
