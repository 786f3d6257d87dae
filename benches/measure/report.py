"""The results as one table, and the figures with their verdicts."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from .engines import SIZES
from .figures import Verdict
from .results import Echo, Results
from .samples import Samples


def show(console: Console, results: Results, verdicts: list[Verdict]) -> None:
    """Print everything."""
    console.print(_machine(results))
    console.print(_table(results))
    for name, reason in results.missing.items():
        console.print(f"not measured: {name}: {reason}", style="yellow", soft_wrap=True)
    console.print(_figures(verdicts))


def _machine(results: Results) -> str:
    machine = results.machine
    versions = ", ".join(f"{name} {number}" for name, number in machine.versions.items())
    lines = [f"{machine.processor}, {machine.cores} cores, {machine.system}", versions]
    if not machine.quiet:
        lines.append(
            f"[yellow]Others used {machine.others:.0%} of this machine before or after the run: "
            "its figures are off by what they took.[/]"
        )
    return "\n".join(lines)


def _table(results: Results) -> Table:
    table = Table(title="Medians of all rounds, with half of the range")
    table.add_column("")
    for size in SIZES:
        table.add_column(_bytes(size), justify="right", no_wrap=True)
    if results.engines:
        _add_heading(table, "µs a message")
    for name, sizes in results.engines.items():
        cells = [_cell(sizes[size], 1e6) if size in sizes else "" for size in SIZES]
        table.add_row(f"  {name}", *cells)
    for kind, programs in results.echoes.items():
        _add_heading(table, f"{kind}, 256 B, messages/s")
        for name, echo in programs.items():
            table.add_row(f"  {name}{_marks(echo)}", _cell(echo.rate, 1))
    if results.starts:
        _add_heading(table, "ms until ready")
    for name, samples in results.starts.items():
        table.add_row(f"  {name}", _cell(samples, 1e3))
    return table


def _add_heading(table: Table, words: str) -> None:
    table.add_section()
    table.add_row(f"[bold]{words}[/]")


def _marks(echo: Echo) -> str:
    """What there is to say of a program under load besides its rate."""
    marks = [f", {echo.cpu.median * 1e6:.1f} µs CPU"] if echo.cpu.values else []
    for count, what in ((echo.lost, "lost"), (echo.duplicates, "twice")):
        if count:
            marks.append(f", [red]{count:,} {what}[/]")
    return "".join(marks)


def _cell(samples: Samples, unit: float) -> str:
    median = _number(samples.median * unit)
    if len(samples.values) == 1:
        return median
    spread = (samples.high - samples.low) / 2 / samples.median
    return f"{median} [dim]±{spread:.0%}[/]"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _bytes(size: int) -> str:
    for unit, power in (("MiB", 20), ("KiB", 10)):
        if size >= 1 << power:
            return f"{size >> power} {unit}"
    return f"{size} B"


def _figures(verdicts: list[Verdict]) -> Table:
    table = Table(title="Figures")
    table.add_column("")
    table.add_column("target", justify="right")
    table.add_column("value", justify="right")
    table.add_column("")
    colours = {"reached": "green", "not reached": "red", "not measured": "yellow"}
    for verdict in verdicts:
        figure = verdict.figure
        value = "" if verdict.value is None else f"{_number(verdict.value)} {figure.unit}"
        target = f"{figure.bound} {figure.target:,g} {figure.unit}"
        words = f"[{colours[verdict.words]}]{verdict.words}[/]"
        table.add_row(figure.name, target, value, words)
    return table
