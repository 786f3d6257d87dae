"""The project's WIT declares exactly what the published interface declares."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

PUBLISHED = "9a7776ca307b9181f35e37828d5b8d50d11a2ffe995a6e2b3de162c7bf611cb3"
"""SHA-256 of the declarations published on 4 December 2024, without comments and layout."""


def digest(folder: Path) -> str:
    """Of a folder's declarations, file after file by name, without comments and layout."""
    texts = (path.read_text() for path in sorted(folder.glob("*.wit")))
    bare = (re.sub(r"//[^\n]*", "", text) for text in texts)
    declarations = "\n".join(" ".join(text.split()) for text in bare)
    return hashlib.sha256(declarations.encode()).hexdigest()


def test_declarations_are_the_published_ones(root: Path) -> None:
    """Nobody changed a declaration."""
    assert digest(root / "wit") == PUBLISHED


def test_documentation_is_our_own(root: Path) -> None:
    """Every interface, function and world is documented."""
    for path in (root / "wit").glob("*.wit"):
        lines = path.read_text().splitlines()
        for before, line in zip(["", *lines], lines, strict=False):
            if re.match(
                r"\s*(interface|world|resource|variant|type|[%a-z-]+: (static )?func)", line
            ):
                assert before.strip().startswith("///"), f"{path.name}: {line.strip()}"


def test_the_suite_has_the_same_files(root: Path) -> None:
    """The conformance suite stands alone, so it has a copy."""
    ours = {path.name: path.read_text() for path in (root / "wit").glob("*.wit")}
    copies = {path.name: path.read_text() for path in (root / "conformance/wit").glob("*.wit")}
    assert copies == ours
