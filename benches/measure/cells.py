"""What the turns of a contestant under a load come to: the cells of the tables of throughput."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from . import markdown
from .processes import TICKS
from .samples import Samples

Cell = dict[str, Any]
"""Figure → a value for each round; ``lost`` and ``duplicates``: of all rounds. A processor time
has none for a round in which nothing was handled: see :func:`each_round`."""
Cells = dict[str, Cell]
"""Contestant → its cell."""

TIMES = {
    "cpu": "handler, µs",
    "cpu_engine": "of it engine and guest, µs",
    "cpu_broker": "broker, µs",
    "cpu_generator": "generator, µs",
}
"""Processor time of each process a message, where it was measured → how a table is headed."""
ALL_IN_ONE = "process, µs"
"""Over ``cpu`` instead, where the process is the generator's and the broker's too."""
IN_TICKS = ("cpu", "cpu_broker")
"""Those that the system says, in hundredths of a second; the others are finer."""


def add(cell: Cell, answer: dict[str, Any], times: Iterable[str] = TIMES) -> None:
    """Add the generator's answer of one turn.

    Args:
        cell: of the contestant.
        answer: of the generator.
        times: the processor times that are kept, a message.
    """
    for name in ("lost", "duplicates"):
        cell[name] = cell.get(name, 0) + answer[name]
    handled = answer["handled"]
    cell.setdefault("handled", []).append(handled)
    cell.setdefault("rate", []).append(handled / answer["seconds"] if handled else 0.0)
    cell.setdefault("rss", []).append(answer["rss"])
    for name in times:
        if name in answer and handled:
            cell.setdefault(name, []).append(answer[name] / handled)


def each_round(cell: Mapping[str, Any], time: str) -> list[float | None]:
    """A processor time of every round; ``None`` where nothing was handled.

    Raises:
        LookupError: it was not measured.
    """
    left = list(reversed(cell[time]))
    return [left.pop() if handled else None for handled in cell["handled"]]


def rates(loads: dict[str, Cells]) -> str:
    """Messages a second: a row for each contestant, a column for each load."""
    contestants = dict.fromkeys(name for cells in loads.values() for name in cells)
    rows = [
        [
            name,
            *(
                markdown.spread(Samples(cells[name]["rate"])) if name in cells else ""
                for cells in loads.values()
            ),
        ]
        for name in contestants
    ]
    return markdown.table(("", *loads), rows)


def costs(cells: Cells) -> str:
    """Processor time a message, and memory: a row for each contestant."""
    kinds = [kind for kind in TIMES if any(kind in cell for cell in cells.values())]
    rows = [
        [
            name,
            *(_cost(cell, kind) if kind in cell else "" for kind in kinds),
            markdown.mebibytes(Samples(cell["rss"]).median),
        ]
        for name, cell in cells.items()
    ]
    heads = TIMES if "cpu_generator" in kinds else {**TIMES, "cpu": ALL_IN_ONE}
    return markdown.table(("", *(heads[kind] for kind in kinds), "resident"), rows)


def _cost(cell: Cell, kind: str) -> str:
    times = Samples(cell[kind])
    if times.median:
        return markdown.spread(times, 1e6)
    if kind not in IN_TICKS:
        return "none"
    # Less than a tick in a turn.
    handled = Samples([count for count in cell["handled"] if count])
    return f"< {markdown.number(1e6 / TICKS / handled.median)}"


def troubles(loads: dict[str, Cells]) -> str:
    """What was lost or came twice."""
    found = [
        f"{name}, {load}: {cell['lost']:,} lost, {cell['duplicates']:,} twice"
        for load, cells in loads.items()
        for name, cell in cells.items()
        if cell["lost"] or cell["duplicates"]
    ]
    return "\n".join(f"* {line}" for line in found) or "Nothing was lost, nothing came twice."
