"""Run the conformance suite on every broker this host has, in every language that is built.

It fails if a scenario fails, or if docs/conformance.md does not say what was found; with ``--page``
it writes the page instead.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from rich.console import Console
from rich.status import Status

from wasi_messaging.conformance import report
from wasi_messaging.conformance.ours import OurHost
from wasi_messaging.conformance.run import Result, Suite, run
from wasi_messaging.conformance.scenarios import load
from wasi_messaging.testing.servers import NatsServer

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "conformance.md"
REPORTS = ROOT / "build" / "conformance"
BROKERS = {"memory": "memory:", "core NATS": "", "embedded": "embedded:"}
"""Name on the page → URL; core NATS is a server of its own."""
BLOCK = re.compile(r"(<!-- found -->\n).*?(<!-- end -->)", re.DOTALL)

OTHERS = {"any": "WIT", "wat": "text"}
"""Languages that are none, as the page calls them."""

Found = dict[str, list[Result]]
"""Broker → results."""


def main() -> int:
    """Run; the exit status is 1 if something failed or the page is not up to date."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--page", action="store_true", help="write docs/conformance.md")
    arguments = parser.parse_args()
    logging.getLogger("wasi_messaging").addHandler(logging.NullHandler())
    found = asyncio.run(play())
    failed = any(one.status == "failed" for results in found.values() for one in results)
    text = BLOCK.sub(lambda match: match[1] + tables(found) + match[2], PAGE.read_text())
    if arguments.page:
        PAGE.write_text(text)
    elif text != PAGE.read_text():
        print("docs/conformance.md is not up to date: make conformance PAGE=1", file=sys.stderr)
        return 1
    return 1 if failed else 0


async def play() -> Found:
    """Run the suite on all brokers at a time, which mostly wait; show what fails."""
    folder = ROOT / "conformance"
    suite = Suite(folder, load(folder))
    REPORTS.mkdir(parents=True, exist_ok=True)
    console = Console()
    with ExitStack() as stack, console.status("starting") as status:
        runs = [
            on_broker(suite, name, OurHost(stack.enter_context(address(url))), status)
            for name, url in BROKERS.items()
        ]
        results = await asyncio.gather(*runs)
    found = dict(zip(BROKERS, results, strict=True))
    for name, of_broker in found.items():
        report.show_failures(console, of_broker)
        console.print(f"{name}: {report.summary(of_broker)}", highlight=False)
    return found


@contextmanager
def address(url: str) -> Iterator[str]:
    """The URL, or that of a server for as long as the context is open."""
    if url:
        yield url
    else:
        with NatsServer() as server:
            yield server.url


async def on_broker(suite: Suite, name: str, subject: OurHost, status: Status) -> list[Result]:
    """All results on one broker; keeps them as JSON and JUnit XML."""
    abilities = await subject.hello()
    results: list[Result] = []
    try:
        async for result in run(suite, subject, abilities):
            results.append(result)
            status.update(f"{name}: {len(results)}, {result.scenario.id} in {result.language}")
    finally:
        await subject.close()
    base = REPORTS / name.replace(" ", "-")
    base.with_suffix(".json").write_text(json.dumps(report.as_json(abilities, results), indent=2))
    base.with_suffix(".xml").write_text(report.as_junit(abilities, results))
    return results


def tables(found: Found) -> str:
    """Scenario × language, each cell a mark for each broker; then the choices."""
    first = next(iter(found.values()))
    lines: list[str] = []
    for group in dict.fromkeys(one.group for one in first):
        results = [one for one in first if one.group == group]
        columns = sorted({one.language for one in results}, key=lambda name: (name in OTHERS, name))
        heads = [OTHERS.get(name, name) for name in columns]
        lines += ["", f"### {group}", "", f"| scenario | checks | {' | '.join(heads)} |"]
        lines.append("|" + "---|" * (2 + len(columns)))
        for scenario in {one.scenario.id: one.scenario for one in results}.values():
            cells = [_cell(found, scenario.id, language) for language in columns]
            lines.append(f"| `{scenario.id}` | {scenario.checks} | {' | '.join(cells)} |")
    return "\n".join([*lines, "", *choices(found), ""]).lstrip("\n")


def _cell(found: Found, name: str, language: str) -> str:
    """One mark if the brokers agree, else one for each."""
    marks = [
        report.MARKS[one.status]
        for results in found.values()
        for one in results
        if one.scenario.id == name and one.language == language
    ]
    return marks[0] if len(set(marks)) == 1 else " ".join(marks)


def choices(found: Found) -> list[str]:
    """What this host does where the interface leaves a choice."""
    lines = [
        "### Choices",
        "",
        f"| scenario | {' | '.join(found)} |",
        "|---" * (len(found) + 1) + "|",
    ]
    chosen = {one.scenario.id for results in found.values() for one in results if _is_choice(one)}
    first = next(iter(found.values()))
    for name in dict.fromkeys(one.scenario.id for one in first if one.scenario.id in chosen):
        cells = [_choice(results, name) for results in found.values()]
        lines.append(f"| `{name}` | {' | '.join(cells)} |")
    return lines


def _is_choice(result: Result) -> bool:
    return result.status == "chosen"


def _choice(results: Sequence[Result], name: str) -> str:
    """The choice, or each with its languages where they differ."""
    made: dict[str, list[str]] = {}
    for one in results:
        if one.scenario.id == name:
            made.setdefault(one.detail, []).append(one.language)
    if len(made) == 1:
        return next(iter(made))
    return "; ".join(f"{choice} ({', '.join(languages)})" for choice, languages in made.items())


if __name__ == "__main__":
    sys.exit(main())
