"""Which guest made the echo of a run: figures with an earlier one do not compare the same work."""

from __future__ import annotations

from .loads import ECHO
from .ours import GUESTS
from .part import Data

MADE_BY: Data = {"echo": GUESTS[ECHO]}
"""Goes into the data of a part that measures the echo."""

CAUTION = """\
**Measured before *echo* was the same work for all: guests added a content type and one pair of
metadata to each copy; without a guest only *asyncio, headers* did so.**"""


def caution(data: Data) -> list[str]:
    """The words that data need whose echo was made by another guest."""
    return [] if data.get("echo") == MADE_BY["echo"] else [CAUTION]
