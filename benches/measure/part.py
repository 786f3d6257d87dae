"""A part of the benchmark: what each module in ``parts/`` has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from .figures import Verdict
from .plots import Plots
from .run import Run

Data = dict[str, Any]
"""What a part found out, as JSON has it: every sample is kept; keys are texts."""


class Part(Protocol):
    """One part. Its text and figures come from its data alone, fresh from JSON.

    Attributes:
        NAME: on the command line, and of its file.
        TITLE: of its section of the page.
    """

    NAME: str
    TITLE: str

    def measure(self, run: Run) -> Data:
        """Measure everything of it; takes minutes, or a share of one in a quick run."""

    def page(self, data: Data, plots: Plots) -> str:
        """Its section as Markdown, without the heading: the method, tables, plots."""

    def figures(self, data: Data) -> Sequence[Verdict]:
        """The promised figures that it decides; those it could not measure have no value."""
