"""What a run found: for a terminal, as JSON, as JUnit XML."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any
from xml.etree import ElementTree as ET

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from .judge import Status
from .protocol import Abilities
from .run import Result

MARKS: dict[Status, str] = {"passed": "✓", "chosen": "◆", "failed": "✗", "not-applicable": "·"}
"""What a status is in a table."""
STYLES: dict[Status, str] = {
    "passed": "green",
    "chosen": "cyan",
    "failed": "bold red",
    "not-applicable": "dim",
}
LEGEND = "✓ as the interface says   ◆ a choice it leaves   ✗ not so   · does not apply"


def show(console: Console, abilities: Abilities, results: Sequence[Result]) -> None:
    """A table scenario × language, then every choice and every failure in words."""
    languages = sorted({result.language for result in results})
    console.print(_printable(escape(f"{abilities.name} on {abilities.broker}")), style="bold")
    table = Table("scenario", *languages)
    marks = {
        (one.scenario.id, one.language): f"[{STYLES[one.status]}]{MARKS[one.status]}[/]"
        for one in results
    }
    for group, names in _by_group(results).items():
        table.add_section()
        table.add_row(f"[bold]{escape(group)}[/]")
        for name in names:
            table.add_row(f"  {name}", *(marks.get((name, one), "") for one in languages))
    console.print(table)
    console.print(LEGEND, style="dim", highlight=False)
    _show_choices(console, results)
    show_failures(console, results)
    console.print(summary(results), highlight=False)


def show_failures(console: Console, results: Iterable[Result]) -> None:
    """Every failure in words."""
    for result in results:
        if result.status == "failed":
            _show_failure(console, result)


def summary(results: Iterable[Result]) -> str:
    """The counts in one line."""
    counts = Counter(result.status for result in results)
    return ", ".join(f"{counts[status]} {status.replace('-', ' ')}" for status in MARKS)


def _by_group(results: Iterable[Result]) -> dict[str, list[str]]:
    groups: dict[str, dict[str, None]] = {}
    for result in results:
        groups.setdefault(result.group, {})[result.scenario.id] = None
    return {group: list(names) for group, names in groups.items()}


def _show_choices(console: Console, results: Iterable[Result]) -> None:
    choices: dict[tuple[str, str], list[str]] = {}
    for result in results:
        if result.status == "chosen":
            choices.setdefault((result.scenario.id, result.detail), []).append(result.language)
    if choices:
        console.print("\n[bold]Choices[/]")
    for (name, choice), languages in choices.items():
        console.print(f"  {name}: {escape(choice)} ({', '.join(languages)})", highlight=False)


def _show_failure(console: Console, result: Result) -> None:
    console.print(f"\n[bold red]✗ {result.scenario.id}[/] in {result.language}")
    console.print(f"  checks: {escape(result.scenario.checks)}", highlight=False)
    for line in result.detail.splitlines():
        console.print(f"  {_printable(escape(line))}", highlight=False)


def as_json(
    abilities: Abilities | None, results: Sequence[Result], error: str = ""
) -> dict[str, Any]:
    """Everything, for programs; ``error`` says why a run ended early."""
    return {
        "complete": not error,
        "error": error or None,
        "host": None if abilities is None else abilities.model_dump(),
        "counts": Counter(result.status for result in results),
        "results": [
            {
                "group": result.group,
                "scenario": result.scenario.id,
                "checks": result.scenario.checks,
                "language": result.language,
                "status": result.status,
                "detail": result.detail,
                "seconds": round(result.seconds, 4),
            }
            for result in results
        ],
    }


def as_junit(abilities: Abilities | None, results: Sequence[Result], error: str = "") -> str:
    """JUnit XML: a suite for each group, a case for each scenario and language.

    A run that ended early, because of ``error``, has a case that says so.
    """
    name = "a host" if abilities is None else f"{abilities.name} on {abilities.broker}"
    root = ET.Element("testsuites", name=_printable(name))
    suites: dict[str, ET.Element] = {}
    for result in results:
        suite = suites.get(result.group)
        if suite is None:
            suite = ET.SubElement(root, "testsuite", name=result.group)
            suites[result.group] = suite
        case = ET.SubElement(
            suite,
            "testcase",
            classname=f"conformance.{result.language}",
            name=result.scenario.id,
            time=f"{result.seconds:.4f}",
        )
        _detail(case, result)
    if error:
        suite = suites["the run"] = ET.SubElement(root, "testsuite", name="the run")
        case = ET.SubElement(suite, "testcase", classname="conformance", name="ends")
        ET.SubElement(case, "failure", message=_printable(error))
    for suite in suites.values():
        for attribute, tag in (
            ("tests", "testcase"),
            ("failures", ".//failure"),
            ("skipped", ".//skipped"),
        ):
            suite.set(attribute, str(len(suite.findall(tag))))
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _detail(case: ET.Element, result: Result) -> None:
    if result.status == "failed":
        first = result.detail.partition("\n")[0]
        failure = ET.SubElement(case, "failure", message=_printable(first))
        failure.text = _printable(f"checks: {result.scenario.checks}\n{result.detail}")
    elif result.status == "not-applicable":
        ET.SubElement(case, "skipped", message=_printable(result.detail))
    elif result.status == "chosen":
        ET.SubElement(case, "system-out").text = _printable(f"chose: {result.detail}")


def _printable(text: str) -> str:
    """Without the characters that XML cannot hold."""
    return "".join(char if char.isprintable() or char == "\n" else "�" for char in text)
