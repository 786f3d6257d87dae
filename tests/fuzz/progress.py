"""How far a campaign is, for people: a line that changes on a terminal, else one now and then."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from .figures import MEGABYTE, Figures

PAUSE = 10.0
"""Seconds between two lines where there is no terminal."""


@contextmanager
def showing(seconds: float) -> Iterator[Callable[[Figures], None]]:
    """Gives what is to be called with figures as they grow.

    Args:
        seconds: how long it will take.
    """
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _Lines()
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("starting", total=seconds)

        def show(figures: Figures) -> None:
            elapsed = progress.tasks[0].elapsed
            progress.update(task, description=words(figures), completed=elapsed)

        yield show


class _Lines:
    def __init__(self) -> None:
        self._last = 0.0

    def __call__(self, figures: Figures) -> None:
        if time.monotonic() - self._last > PAUSE:
            self._last = time.monotonic()
            print(words(figures), file=sys.stderr, flush=True)


def words(figures: Figures) -> str:
    """One line."""
    resident = figures.latest.resident / MEGABYTE if figures.latest else 0
    return (
        f"{figures.kind}: {figures.inputs:,} inputs, {resident:.0f} MB, "
        f"{len(figures.problems)} problems"
    )
