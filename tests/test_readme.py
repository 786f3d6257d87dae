"""What the README shows runs as written."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from guests.hosting import built
from wasi_messaging import Config


def blocks(root: Path, language: str) -> list[str]:
    """The code blocks of the README in one language."""
    return re.findall(rf"```{language}\n(.*?)```", (root / "README.md").read_text(), re.DOTALL)


def test_the_program_runs_as_written(root: Path) -> None:
    """Copy, paste, run: it shows the message that the component sent."""
    [program] = blocks(root, "python")
    assert built("echo/python") == root / "build" / "guests" / "echo" / "python.wasm"
    shown = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], cwd=root, capture_output=True, text=True
    )
    assert shown.returncode == 0, shown.stderr
    assert "data=b'hello'" in shown.stdout
    assert "('from', 'in')" in shown.stdout


def test_the_configuration_is_valid(root: Path, tmp_path: Path) -> None:
    """The shown messaging.toml passes the checks, given a file of that name."""
    [text] = blocks(root, "toml")
    (tmp_path / "alerts.wasm").write_bytes(built("echo/c").read_bytes())
    config = Config.parse(text, folder=tmp_path, source="README.md")
    assert config.components["alerts"].deadline == 5


def test_every_link_leads_somewhere(root: Path) -> None:
    """Relative links of all pages name files that exist."""
    pages = [*root.glob("*.md"), *root.glob("docs/**/*.md"), *root.glob("examples/**/*.md")]
    for page in pages:
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text()):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name} → {target}"
