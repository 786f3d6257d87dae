"""What docs/delivery.md says is what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from guests.hosting import built
from wasi_messaging import Config
from wasi_messaging.config.delivery import DEFAULT_ACTIONS
from wasi_messaging.delivery import letters
from wasi_messaging.delivery.policy import ATTEMPT


def test_the_table_is_the_one_in_the_code(root: Path) -> None:
    """Every outcome with its default action."""
    page = (root / "docs" / "delivery.md").read_text()
    rows = re.findall(r"^\| .* \| `([a-z-]+)` \| `([a-z-]+)`", page, re.MULTILINE)
    assert dict(rows) == DEFAULT_ACTIONS


def test_the_story_is_the_one_that_is_written(root: Path) -> None:
    """Every key of a dead letter is described."""
    page = (root / "docs" / "delivery.md").read_text()
    section = page[page.index("## Dead letters") : page.index("## Order")]
    for _, key in letters._KEYS:
        assert f"`{key}`" in section or f"`{key.removeprefix('wasi-messaging')}`" in section, key
    assert letters.GROUP in section
    assert ATTEMPT in page


def test_the_configuration_is_valid(root: Path, tmp_path: Path) -> None:
    """The shown messaging.toml passes the checks, given a file of that name."""
    page = (root / "docs" / "delivery.md").read_text()
    [text] = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    (tmp_path / "orders.wasm").write_bytes(built("echo/c").read_bytes())
    [subscription] = Config.parse(text, folder=tmp_path).components["orders"].subscriptions
    assert subscription.action("trap") == "dead-letter"
    assert subscription.exhausted == "dead-letter"
