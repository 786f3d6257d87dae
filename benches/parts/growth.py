"""What a message costs where there is more and more of something."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import groupby

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from measure import curves, markdown, standing
from measure.curves import CURVES
from measure.figures import Verdict
from measure.part import Data
from measure.plots import Line, Plots, draw_lines
from measure.run import Run
from measure.samples import Samples

NAME = "growth"
TITLE = "Growth curves"

COLUMNS = 3
CROWDED = 1_000
"""Where an axis from zero ends that has no room for all of its labels."""
FLAT = 1.25
"""A cost that grows by less than this factor from one end to the other counts as flat."""

METHOD = """\
Microseconds of wall time and of the host's processor time a message, over how much there is of
something. One process a point (`benches/programs/growth_host.py`), the memory broker, 256 B,
64 instances, 256 messages outstanding in a closed loop as under *memory broker*, guest
`guests/bench/guest.c`; the points of a curve take turns. Where it differs: metadata goes through
`guests/echo/guest.c`, which takes it from the message and gives it to the copy and connects each
time; bodies have 16 instances and 16 messages outstanding, for the memory that 4 MiB take;
*topic always new* of the permissions is `guests/attempt/guest.c`, which sends where the body says.
Subscriptions have a topic each; components are the same file, loaded so often. Messages wait in the
queue of the memory broker besides those that are outstanding, or behind those measured in a stream
of JetStream on disk, which `wasi-messaging run` handles from its beginning."""

CAUSES = {
    "components, in turn": (
        "The messages outstanding are in as many instances of a hundred components, instead of in "
        "the few of one that were used last. The profile is the same, each function is slower: "
        "what they need is less often in the processor's cache."
    ),
    "subscriptions, topic always new": (
        "The memory broker looks at each group for whom a topic is that it has not seen before; a "
        "server does that elsewhere. A topic that came before is looked up."
    ),
    "metadata pairs": (
        "Each pair is two texts that are checked, brought into the engine, given to the guest, "
        "taken from it, and brought back."
    ),
    "body": (
        "The body is copied: into the engine, into the guest's memory, out of it, and out of the "
        "engine."
    ),
    "patterns, topic always new": (
        "The patterns are compiled into one expression; a topic that was asked for before is "
        "remembered."
    ),
}
"""Why a curve is what it is, where it could be expected to grow or does."""


def measure(run: Run) -> Data:
    """Curve after curve."""
    found: dict[str, curves.Points] = {}
    for curve in CURVES:
        found[curve.name] = curves.measure(run, curve)
    found[standing.NAME] = standing.measure(run)
    return {"seconds_a_message": found}


def page(data: Data, plots: Plots) -> str:
    """The curves in small, and what becomes of the cost from one end to the other."""
    found: dict[str, curves.Points] = data["seconds_a_message"]
    words = "Microseconds a message over how much there is of each thing"
    rows = -(-len(_panels(found)) // COLUMNS)
    plot = plots.draw(NAME, words, partial(_paint, found), height=2.4 * rows)
    heads = ("", "from", "to", "µs", "µs there", "CPU, µs", "CPU, µs there", "is")
    table = markdown.table(heads, [_row(name, points) for name, points in found.items() if points])
    causes = [f"* *{name}*: {why}" for name, why in CAUSES.items() if found.get(name)]
    return f"{METHOD}\n\n{plot}\n\n{table}\n\n" + "\n".join(causes)


def figures(_: Data) -> Sequence[Verdict]:
    """None: a curve is flat, or its cause is on the page."""
    return ()


def _panels(found: dict[str, curves.Points]) -> dict[str, list[str]]:
    """Panel → its curves."""
    of = {curve.name: curve.panel for curve in CURVES} | {standing.NAME: curves.WAITING}
    names = [name for name in of if found.get(name)]
    return {panel: list(those) for panel, those in groupby(names, key=of.__getitem__)}


def _paint(found: dict[str, curves.Points], figure: Figure) -> None:
    panels = _panels(found)
    grid = figure.subplots(-(-len(panels) // COLUMNS), COLUMNS, squeeze=False)
    for axes in grid.flat[len(panels) :]:
        axes.set_visible(False)
    for axes, (panel, names) in zip(grid.flat, panels.items(), strict=False):
        _draw(axes, panel, {name.partition(", ")[2] or name: _line(found[name]) for name in names})


def _draw(axes: Axes, panel: str, lines: dict[str, Line]) -> None:
    draw_lines(axes, lines, x=panel, y="µs")
    medians = [samples.median for line in lines.values() for _, samples in line]
    # What is flat is to look flat, with room for the names above.
    axes.set_ylim(min(medians) / 3, max(medians) * 10)
    if len(lines) > 1:
        axes.legend(loc="upper left", fontsize=7)
    last = max(place for line in lines.values() for place, _ in line)
    if axes.get_xscale() == "symlog" and last > CROWDED:
        axes.set_xticks([0, 10, 1_000, 100_000])


def _line(points: curves.Points, clock: str = "wall") -> Line:
    return [(float(at), Samples(times[clock]).scaled(1e6)) for at, times in points.items()]


def _row(name: str, points: curves.Points) -> list[str]:
    (first, low), (last, high) = (list(points.items())[at] for at in (0, -1))
    costs = [Samples(times[clock]) for clock in ("wall", "cpu") for times in (low, high)]
    return [
        *(name, f"{int(first):,}", f"{int(last):,}"),
        *(markdown.spread(samples, 1e6) for samples in costs),
        _words(costs[2].median, costs[3].median, int(last) - int(first)),
    ]


def _words(first: float, last: float, more: int) -> str:
    """Flat, or the factor, and what each one more costs; of processor time, which others on the
    machine change less.
    """
    if last <= first * FLAT:
        return "flat" if last * FLAT >= first else "falls"
    each = (last - first) / more
    unit, factor = ("ns", 1e9) if each < 1e-6 else ("µs", 1e6)
    return f"{markdown.number(last / first)} times, {markdown.number(each * factor)} {unit} each"
