"""Fixtures that all tests share."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "guests"))


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT
