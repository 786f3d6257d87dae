"""The main job on real data: four years of weather through a component, by the command line.

Builds the component beside this file, publishes 1,461 daily observations of Seattle to the embedded
broker, has ``wasi-messaging run`` handle them, shows what came out and checks it against the table.
Exits 1 if anything is missing, or came twice, or is left.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections import Counter
from itertools import takewhile
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from support import observations
from support.build import build
from support.checks import Check, check
from support.commands import COMPILING, CommandLine, Record, StepError
from support.observations import Expected

HERE = Path(__file__).resolve().parent
FOLDER = HERE.parent.parent / "build" / "demo"
YEAR = "2015"
SHOWN = 2
EVERYTHING = ["--start", "all", "--json"]

console = Console(highlight=False)


def main() -> int:
    """Run the demo; the exit status."""
    begin = time.monotonic()
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    commands = CommandLine(FOLDER)
    try:
        checks = run(commands)
    except (StepError, subprocess.CalledProcessError) as error:
        checks = [Check("the demo ran to its end", good=False, problem=str(error))]
    except KeyboardInterrupt:
        commands.close()
        return 130
    left = commands.close()
    checks.append(Check("no process left behind", not left, "\n".join(left)))
    good = report(checks)
    console.print(
        f"{'[green]done' if good else '[red]failed'}[/] in {time.monotonic() - begin:.1f} s"
    )
    return 0 if good else 1


def report(checks: list[Check]) -> bool:
    """Show the checks; whether all hold."""
    for each in checks:
        if each.good:
            console.print(f"  [green]✓[/] {each.what}")
        else:
            console.print(f"  [red]✗ {each.what}[/]\n    {escape(each.problem)}")
    return all(each.good for each in checks)


def run(commands: CommandLine) -> list[Check]:
    """The steps; then what is to be checked, and whether it is so."""
    prepare(commands)
    rows = observations.load()
    expected = observations.expect(rows)
    (FOLDER / "observations.jsonl").write_text(observations.as_lines(rows))

    alerts = watch(commands, "alerts.>", expected.alerts)
    summaries = watch(commands, "summaries.>", len(expected.rain))
    publish(commands)
    start = time.monotonic()
    host = serve(commands)
    show_alerts(list(commands.records(alerts, "subscribe")))
    monthly = [json.loads(record["data"]) for record in commands.records(summaries, "subscribe")]
    step(
        "handled", f"{len(rows):,} observations in {time.monotonic() - start:.1f} s, start included"
    )
    show_summaries(monthly)
    commands.stop(host, "run")
    return verify(commands, expected, len(rows))


def prepare(commands: CommandLine) -> None:
    """Build the component beside its configuration; checking it compiles it, too."""
    begin = time.monotonic()
    fresh = build(HERE / "weather.py", FOLDER / "weather.wasm")
    shutil.copy(HERE / "messaging.toml", FOLDER)
    size = (FOLDER / "weather.wasm").stat().st_size / 1e6
    how = f"in {time.monotonic() - begin:.1f} s" if fresh else "unchanged since the last time"
    step("built", f"weather.py → weather.wasm, {size:.1f} MB, {how}")
    (found,) = commands.call("check", "weather.wasm", "--json", patience=COMPILING)
    revision = found["revision"]
    step("checked", f"a {found['kind']} for {revision['package']} of {revision['date']}")


def watch(commands: CommandLine, topic: str, count: int) -> subprocess.Popen[str]:
    """Start a subscriber that ends after so many messages."""
    return commands.start("subscribe", topic, *EVERYTHING, "--count", str(count))


def publish(commands: CommandLine) -> None:
    """Publish the observations; nobody handles them yet, the broker keeps them."""
    (report,) = commands.call("publish", "--jsonl", "observations.jsonl", "--json")
    step(
        "published",
        f"{report['published']:,} observations, confirmed, in {report['seconds']:.1f} s",
    )


def serve(commands: CommandLine) -> subprocess.Popen[str]:
    """Start the host and wait until it is attached."""
    begin = time.monotonic()
    host = commands.start("run")
    commands.wait_for(host, "run", "attached to weather.>")
    step("running", f"wasi-messaging run, up in {time.monotonic() - begin:.1f} s")
    return host


def verify(commands: CommandLine, expected: Expected, published: int) -> list[Check]:
    """Read everything that is in the broker, and what the component's group has not handled."""
    commands.call("publish", "end", "the last message", "--json")
    reader = commands.start("subscribe", ">", *EVERYTHING)
    messages = iter(commands.records(reader, "subscribe"))
    stored = list(takewhile(lambda record: record["topic"] != "end", messages))
    commands.stop(reader, "subscribe")
    group = ["--group", "weather"]  # the component's: what it has not acknowledged comes again
    left = commands.call("subscribe", "weather.>", *EVERYTHING, *group, "--timeout", "1s")
    return check(stored, left, expected, published)


def show_alerts(alerts: list[Record]) -> None:
    """The first few alerts of each kind."""
    for topic, count in sorted(Counter(record["topic"] for record in alerts).items()):
        found = [json.loads(record["data"]) for record in alerts if record["topic"] == topic]
        few = ", ".join(describe(alert) for alert in found[:SHOWN])
        step("received", f"{count} on [cyan]{topic}[/]: {few} …")


def describe(alert: Record) -> str:
    """An alert in a few words."""
    value = f"{alert['low']} °C" if "low" in alert else f"{alert['wind']} m/s"
    return f"{alert['date']} {value}"


def show_summaries(summaries: list[Record]) -> None:
    """The summaries of one year."""
    table = Table(
        title=f"summaries.monthly, {YEAR} of {len(summaries) // 12} years", title_style=""
    )
    for heading in ("month", "days", "high °C", "low °C", "rain mm", "wettest day"):
        table.add_column(heading, justify="left" if heading.startswith(("m", "w")) else "right")
    for each in summaries:
        if each["month"].startswith(YEAR):
            table.add_row(*(str(value) for value in each.values()))
    console.print(table)


def step(name: str, text: str) -> None:
    """Say what was done."""
    console.print(f"[bold]{name:>9}[/]  {text}")


if __name__ == "__main__":
    sys.exit(main())
