"""``wasi-messaging conformance``."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from ..errors import MessagingError
from .failures import FAILED, Failure
from .options import Command, debug_option, json_option
from .session import run_async

if TYPE_CHECKING:
    from ..conformance.protocol import Abilities, Subject
    from ..conformance.run import Result, Suite


@click.command("conformance", cls=Command)
@click.argument("scenarios", nargs=-1, metavar="[SCENARIO]…")
@click.option(
    "--broker",
    metavar="URL",
    help="Run this host on this broker. Default: memory:.",
)
@click.option(
    "--host",
    "command_line",
    metavar="COMMAND",
    help="Run another host: the adapter program to start. Its broker is its own choice.",
)
@click.option(
    "--suite",
    "folder",
    type=click.Path(path_type=Path),
    default=Path("conformance"),
    show_default=True,
    metavar="FOLDER",
    help="The suite: conformance/ of the repository, its components built.",
)
@click.option(
    "--language",
    "languages",
    multiple=True,
    metavar="NAME",
    help="Only components in this language; may be repeated. Default: all that are built.",
)
@click.option("--list", "listing", is_flag=True, help="List the scenarios and run nothing.")
@json_option
@click.option(
    "--junit",
    "junit_file",
    type=click.File("w", lazy=False),
    metavar="FILE",
    help="Write JUnit XML.",
)
@click.option("--verbose", "-v", is_flag=True, help="Also show this host's log.")
@debug_option
def command(
    scenarios: tuple[str, ...],
    broker: str | None,
    command_line: str | None,
    folder: Path,
    languages: tuple[str, ...],
    listing: bool,
    as_json: bool,
    junit_file: IO[str] | None,
    verbose: bool,
) -> None:
    """Check a host of wasi:messaging against the conformance suite.

    Each scenario runs a component and compares what it sends, and how the host settles its
    messages, with what the interface says. Where the interface leaves a choice, the choice is
    reported. The exit status is 1 if a scenario fails.

    Examples:
      wasi-messaging conformance
      wasi-messaging conformance --broker nats://localhost:4222 --junit report.xml
      wasi-messaging conformance --host 'node adapter.mjs' --language c
      wasi-messaging conformance echo-empty-body --language rust
    """
    if broker is not None and command_line is not None:
        raise click.UsageError(
            "--broker is for this host, --host for another one: give one of them"
        )
    if not verbose:  # what fails here is meant to
        logging.getLogger("wasi_messaging").addHandler(logging.NullHandler())
    if command_line is not None and not command_line.strip():
        raise click.UsageError("--host is empty: give the command that starts the adapter")
    suite = _suite(folder, scenarios, languages)
    if listing:
        _list(suite)
        return
    run_async(_run(suite, _subject(broker, command_line), junit_file, as_json=as_json))


def _suite(folder: Path, names: tuple[str, ...], languages: tuple[str, ...]) -> Suite:
    from ..conformance.run import Suite
    from ..conformance.scenarios import load

    groups = load(folder)
    known = {scenario.id for group in groups.values() for scenario in group}
    if unknown := [name for name in names if name not in known]:
        raise click.UsageError(f"no scenario {', '.join(unknown)}; --list shows them")
    if names:
        groups = {
            title: tuple(scenario for scenario in group if scenario.id in names)
            for title, group in groups.items()
        }
    return Suite(folder, groups, languages)


def _subject(broker: str | None, command_line: str | None) -> Subject:
    from ..conformance.ours import OurHost
    from ..conformance.process import OtherHost

    return OtherHost(command_line) if command_line is not None else OurHost(broker or "memory:")


def _list(suite: Suite) -> None:
    for group, scenarios in suite.groups.items():
        for scenario in scenarios:
            click.echo(f"{scenario.id:<40} {group}: {scenario.checks}")


async def _run(
    suite: Suite, subject: Subject, junit_file: IO[str] | None, *, as_json: bool
) -> None:
    from rich.console import Console

    from ..conformance import report
    from ..conformance.run import run

    results: list[Result] = []
    abilities: Abilities | None = None
    error = "interrupted"
    try:
        abilities = await subject.hello()
        total = sum(1 for _ in suite.cases())
        with Console(stderr=True).status("starting") as status:
            async for result in run(suite, subject, abilities):
                results.append(result)
                name = f"{result.scenario.id} in {result.language}"
                status.update(f"{len(results)} of {total}: {name}")
        error = ""
    except MessagingError as problem:
        error = str(problem)
        raise
    finally:  # what an interrupted run has found is worth having too
        if as_json:
            click.echo(json.dumps(report.as_json(abilities, results, error), indent=2))
        elif abilities is not None:
            report.show(Console(), abilities, results)
        if junit_file is not None:
            junit_file.write(report.as_junit(abilities, results, error))
        await subject.close()
    if failed := sum(result.status == "failed" for result in results):
        raise Failure(f"{failed} of {len(results)} are not as the interface says", FAILED)
