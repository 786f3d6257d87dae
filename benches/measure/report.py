"""What a run says on the terminal when it is over: the promised figures and where everything is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from .part import Part
from .record import Record

COLOURS = {
    "reached": "green",
    "not reached": "red",
    "explained": "yellow",
    "not measured": "yellow",
}


def show(console: Console, parts: Sequence[Part], records: Mapping[str, Record]) -> None:
    """Print the figures of some parts, what is missing, and whether the machine was quiet.

    Args:
        console: takes it.
        parts: that were measured.
        records: what was found, of each of them at least.
    """
    console.print(_figures(parts, records))
    for part in parts:
        record = records[part.NAME]
        for name, why in record.missing.items():
            _warn(console, f"{part.NAME}: not measured: {name}: {why}")
        if not record.machine.quiet:
            others = f"{record.machine.others:.0%}"
            _warn(console, f"{part.NAME}: others used {others} of the machine meanwhile")


def _figures(parts: Sequence[Part], records: Mapping[str, Record]) -> Table:
    table = Table(title="Promised figures")
    table.add_column("")
    table.add_column("target", justify="right")
    table.add_column("value", justify="right")
    table.add_column("")
    for part in parts:
        for verdict in part.figures(records[part.NAME].data):
            table.add_row(
                verdict.name,
                f"{verdict.bound} {verdict.target:,g} {verdict.unit}",
                escape(verdict.shown),
                f"[{COLOURS[verdict.word]}]{verdict.word}[/]",
            )
        table.add_section()
    return table


def _warn(console: Console, words: str) -> None:
    console.print(escape(words), style="yellow", soft_wrap=True)
