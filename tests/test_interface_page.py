"""docs/interface.md has every function of the interface, and the tests it names exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TEST = re.compile(r"`([\w/]+\.(?:py|rs))::(\w+)`")


def functions(folder: Path) -> set[str]:
    """Every function of the WIT, those of resources as ``resource.function``."""
    found = set()
    for file in folder.glob("*.wit"):
        resource = ""
        for line in file.read_text(encoding="utf-8").splitlines():
            if opened := re.match(r"\s*resource ([a-z-]+) \{", line):
                resource = f"{opened[1]}."
            elif line.strip() == "}":
                resource = ""
            elif name := re.match(r"\s*(?:([a-z-]+): (?:static )?func\(|(constructor)\()", line):
                found.add(resource + (name[1] or name[2]))
    return found


@pytest.fixture
def page(root: Path) -> str:
    """The text."""
    return (root / "docs" / "interface.md").read_text(encoding="utf-8")


def test_every_function_has_a_section(root: Path, page: str) -> None:
    """And no other has, and each names a test."""
    sections = dict(
        re.findall(r"^### `([a-z.-]+)`\n(.*?)(?=^##|\Z)", page, re.MULTILINE | re.DOTALL)
    )
    assert functions(root / "wit") == set(sections)
    assert [name for name, text in sections.items() if not TEST.search(text)] == []


def test_every_case_of_error_is_named(root: Path, page: str) -> None:
    """With its text or without."""
    [variant] = re.findall(
        r"variant error \{(.*?)\}", (root / "wit" / "types.wit").read_text(), re.DOTALL
    )
    cases = re.findall(r"^\s*([a-z-]+)[(,]", variant, re.MULTILINE)
    assert len(cases) == 4
    assert all(f"`{case}`" in page for case in cases)


def test_every_test_exists(root: Path, page: str) -> None:
    """In the file that the page says."""
    named = TEST.findall(page)
    assert len(named) > 60
    assert [f"{file}::{test}" for file, test in named if not _has(root, file, test)] == []


def _has(root: Path, file: str, test: str) -> bool:
    if file.startswith("engine/"):
        path = root / file
    elif file.startswith("suite/"):
        path = root / "src" / "wasi_messaging" / "testing" / file
    else:
        path = root / "tests" / file
    return (
        path.is_file() and re.search(rf"\b(?:def|fn) {test}\(", path.read_text("utf-8")) is not None
    )
