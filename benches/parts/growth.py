"""What a message costs where there is more and more of something."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import accumulate, groupby

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
"""A curve whose dearest point takes at most this factor more than its cheapest counts as flat."""

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
of JetStream on disk, which `wasi-messaging run` handles from its beginning.

A curve is flat if its dearest point takes at most {flat:g} times the processor time of its
cheapest; the factor is ours. Where more of something is more work for each message, the work is
named beside the figure, and the curve may grow with it up to linearly: what a message takes for
each one of them may nowhere be more than {flat:g} times what it is where there are fewer. Any
other curve that is not flat has missed its target. One that lacks a point is not judged."""

COLD = "what belongs to one has left the cache before its turn; with traffic on one it is flat"
CAUSES = {
    "subscriptions, topic always new": "the memory broker looks at each group once for a new topic",
    "metadata pairs": "each pair is two texts that are checked, and carried to the guest and back",
    "body": "it is copied into the guest's memory and out of it, though not into the engine; of "
    "megabytes the processor's cache does not hold all copies",
    "subscriptions, in turn": COLD,
    "components, in turn": COLD,
}
"""What there is more to do for a message: of the curves that are to grow."""
STEEP = "faster than linearly"
POINTS = {curve.name: curve.points for curve in CURVES} | {standing.NAME: standing.POINTS}
"""Those of a whole run."""


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
    heads = ("", "from", "to", "µs", "µs there", "CPU, µs", "CPU, µs there", "is", "because")
    table = markdown.table(heads, [_row(name, points) for name, points in found.items() if points])
    return f"{METHOD.format(flat=FLAT)}\n\n{plot}\n\n{table}"


def figures(data: Data) -> Sequence[Verdict]:
    """Each curve is flat, or it grows by a cause that is on the page."""
    found: dict[str, curves.Points] = data["seconds_a_message"]
    return [_verdict(name, found.get(name, {})) for name in POINTS]


def _verdict(name: str, points: curves.Points) -> Verdict:
    words = f"cost a message, {name}: highest against lowest"
    if lacking := _lacking(name, points):
        remark = f"lacks {lacking}" if points else ""
        return Verdict(words, "at most", FLAT, "times", None, remark=remark)
    cause = CAUSES.get(name, "")
    linear = _is_linear(points)
    return Verdict(
        *(words, "at most", FLAT, "times", _factor(points)),
        remark=f"{STEEP}; {cause}" if cause and not linear else "",
        cause=cause if linear else "",
    )


def _lacking(name: str, points: curves.Points) -> str:
    """The points that were not measured in every round, in words."""
    rounds = max((len(times["cpu"]) for times in points.values()), default=0)
    there = {int(at) for at, times in points.items() if len(times["cpu"]) == rounds}
    wanted = POINTS[name]
    if there == {*curves.ends_and_middle(wanted)}:
        return ""  # all of a quick run
    return ", ".join(f"{at:,}" for at in wanted if at not in there)


def _costs(points: curves.Points) -> dict[int, float]:
    """Processor time at each point, which others on the machine change less."""
    return {int(at): Samples(times["cpu"]).median for at, times in points.items()}


def _factor(points: curves.Points) -> float:
    """How much more the dearest point of the curve takes than the cheapest."""
    costs = _costs(points).values()
    return max(costs) / min(costs)


def _is_linear(points: curves.Points) -> bool:
    """Whether a message takes, for each one of them, nowhere more than where there are fewer."""
    each = [cost / at for at, cost in sorted(_costs(points).items()) if at]
    cheapest = accumulate(each, min)
    return all(cost <= FLAT * low for cost, low in zip(each, cheapest, strict=True))


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
    verdict = _verdict(name, points)
    return [
        *(name, f"{int(first):,}", f"{int(last):,}"),
        *(markdown.spread(samples, 1e6) for samples in costs),
        "" if verdict.value is None else _words(points),
        verdict.cause if verdict.word == "explained" else verdict.remark,
    ]


def _words(points: curves.Points) -> str:
    """Flat over the whole curve, or by what factor it is not, and what each one more costs from one
    end to the other.
    """
    factor = _factor(points)
    if factor <= FLAT:
        return "flat"
    (first, low), (last, high) = (list(points.items())[at] for at in (0, -1))
    cost, cost_there = (Samples(times["cpu"]).median for times in (low, high))
    each = (cost_there - cost) / max(1, int(last) - int(first))
    unit, scale = ("ns", 1e9) if abs(each) < 1e-6 else ("µs", 1e6)
    return f"{markdown.number(factor)} times, {markdown.number(each * scale)} {unit} each"
