"""Plots as SVG files beside the page; the same figures give the same file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import matplotlib as mpl
from cycler import cycler
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from .samples import Samples

WIDTH = 8.0
"""Inches; a page shows it in full at 768 pixels."""
LEGEND_COLUMNS = 3
INK = "#7d858d"
"""Text and lines: a grey that is read on white and on black alike; there is no background."""
COLOURS = ("#3b82c4", "#e0812b", "#2f9e73", "#c2588f", "#8d79d6", "#b59a2a", "#d2544b", "#4aa9b8")
STYLE: dict[Any, Any] = {
    "svg.hashsalt": "wasi-messaging",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 9,
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "axes.titlesize": 9,
    "axes.facecolor": "none",
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.prop_cycle": cycler(color=COLOURS),
    "figure.facecolor": "none",
    "grid.color": INK,
    "grid.alpha": 0.3,
    "legend.frameon": False,
    "legend.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
}

Group = Mapping[str, Samples]
"""Contestant → its figure."""
Line = Sequence[tuple[float, Samples]]
"""Where on the x axis → the figure there, in order."""
Scale = Literal["", "x", "y", "xy"]
"""The axes that are logarithmic."""


class Plots:
    """Draws into the folder of the page's files.

    Args:
        folder: takes the files; its name is that of the folder relative to the page.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def draw(self, name: str, words: str, paint: Callable[[Figure], None], height: float) -> str:
        """Draw anything; returns the Markdown that shows it.

        Args:
            name: of the file, without its suffix: that of the part, or beginning with it.
            words: what is to be seen, for those who do not see it.
            paint: fills the figure.
            height: in inches; the width is ``WIDTH``.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{name}.svg"
        with mpl.rc_context(STYLE):
            figure = Figure(figsize=(WIDTH, height), layout="constrained")
            paint(figure)
            figure.savefig(path, metadata={"Date": None, "Creator": None})
        return f"![{words}]({self._folder.name}/{path.name})"

    def bars(
        self, name: str, words: str, groups: Mapping[str, Group], *, unit: str, log: bool = False
    ) -> str:
        """Horizontal bars in groups, with their range: one figure. See ``draw_bars``."""
        rows = sum(len(group) + 1 for group in groups.values())

        def paint(figure: Figure) -> None:
            draw_bars(figure.subplots(), groups, unit=unit, log=log)

        return self.draw(name, words, paint, height=1.2 + 0.17 * rows)

    def lines(
        self, name: str, words: str, lines: Mapping[str, Line], *, x: str, y: str, log: Scale = "xy"
    ) -> str:
        """Lines with their range: one figure. See ``draw_lines``."""

        def paint(figure: Figure) -> None:
            draw_lines(figure.subplots(), lines, x=x, y=y, log=log)

        return self.draw(name, words, paint, height=3.5)


def draw_bars(
    axes: Axes, groups: Mapping[str, Group], *, unit: str, log: bool = False, legend: bool = True
) -> None:
    """Horizontal bars in groups, with their range.

    Args:
        axes: are drawn on.
        groups: of bars, from the top; a contestant has one colour in all of them.
        unit: of the bars.
        log: the axis is logarithmic.
        legend: names the contestants; needless where one group is below another.
    """
    contestants = list(dict.fromkeys(name for group in groups.values() for name in group))
    top, ticks = 0.0, []
    for group in groups.values():
        ticks.append(top + (len(group) - 1) / 2)
        for row, (name, samples) in enumerate(group.items()):
            colour = COLOURS[contestants.index(name) % len(COLOURS)]
            axes.barh(top + row, samples.median, height=0.8, color=colour)
            axes.errorbar(samples.median, top + row, xerr=_range(samples), color=INK, capsize=2)
        top += len(group) + 1
    axes.set_yticks(ticks, list(groups))
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    axes.set_xlabel(unit)
    if log:
        axes.set_xscale("log")
    if legend:
        colours = [
            Patch(color=COLOURS[number % len(COLOURS)], label=name)
            for number, name in enumerate(contestants)
        ]
        name_all(axes, colours)


def draw_lines(axes: Axes, lines: Mapping[str, Line], *, x: str, y: str, log: Scale = "xy") -> None:
    """Lines through medians, with their range.

    Args:
        axes: are drawn on.
        lines: name → points.
        x: label and unit of the horizontal axis.
        y: of the vertical one.
        log: the axes that are logarithmic; a zero on one lies as far left or low as there is room.
    """
    for name, line in lines.items():
        places = [place for place, _ in line]
        medians = [samples.median for _, samples in line]
        low = [samples.low for _, samples in line]
        high = [samples.high for _, samples in line]
        [drawn] = axes.plot(places, medians, marker="o", markersize=3.5, label=name)
        axes.fill_between(places, low, high, alpha=0.2, color=drawn.get_color(), linewidth=0)
    if "x" in log:
        axes.set_xscale("symlog" if _has_zero(lines) else "log")
    if "y" in log:
        axes.set_yscale("log")
    else:
        axes.set_ylim(bottom=0)
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    if len(lines) > 1:
        name_all(axes, axes.lines)


def name_all(axes: Axes, handles: Sequence[Artist]) -> None:
    """A legend above the axes, where it covers nothing."""
    columns = min(LEGEND_COLUMNS, len(handles))
    axes.legend(handles=handles, loc="lower center", bbox_to_anchor=(0.5, 1), ncols=columns)


def _range(samples: Samples) -> list[list[float]]:
    return [[samples.median - samples.low], [samples.high - samples.median]]


def _has_zero(lines: Mapping[str, Line]) -> bool:
    return any(place == 0 for line in lines.values() for place, _ in line)
