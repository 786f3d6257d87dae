#!/usr/bin/env python3
"""Measure what this project promises of its speed and memory, beside what else there is.

Run it by ``make bench``, on a machine that does nothing else. ``docs/performance.md`` has the
method and what was found; ``benches/parts/`` has a module for each part.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from measure import page, report
from measure.machine import Watch
from measure.part import Part
from measure.places import PROJECT
from measure.record import Record, load_all, to_publish
from measure.run import Run
from parts import PARTS
from rich.console import Console

BUILD = PROJECT / "build" / "bench"
DOCS = PROJECT / "docs"
WIDTH = 110
"""Columns of the report where it does not go to a terminal."""
NAMES = [part.NAME for part in PARTS]
FAILED, INTERRUPTED = 1, 130
progress = Console(stderr=True, style="dim", soft_wrap=True, highlight=False)


def main() -> int:
    """Run the command line."""
    arguments = parse()
    if arguments.page:
        return publish()
    if arguments.check:
        return check()
    names = arguments.parts or NAMES
    chosen = [part for part in PARTS if part.NAME in names and part.NAME not in arguments.without]
    finished: list[Part] = []
    status = 0
    try:
        for part in chosen:
            if measure(part, quick=arguments.quick, seconds=arguments.seconds):
                finished.append(part)
            else:
                status = FAILED
    except KeyboardInterrupt:
        progress.print("interrupted; the parts that are finished are kept")
        status = INTERRUPTED
    conclude(finished)
    return status


def parse() -> argparse.Namespace:
    """The arguments."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a rough idea, in a few minutes")
    parser.add_argument(
        "--without",
        action="append",
        default=[],
        choices=NAMES,
        metavar="PART",
        help="leave this one out; may be given again",
    )
    parser.add_argument("--seconds", type=float, metavar="N", help="how long the soak runs")
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument(
        "--page",
        action="store_true",
        help="measure nothing, but write docs/performance.md from what was measured last",
    )
    instead.add_argument(
        "--check",
        action="store_true",
        help="measure nothing, but fail if docs/performance.md is not what its data gives",
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"only some of {', '.join(NAMES)}")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.parts if name not in NAMES]
    if unknown:
        parser.error(f"there is no part {unknown[0]!r}; choose from {', '.join(NAMES)}")
    return arguments


def measure(part: Part, *, quick: bool, seconds: float | None) -> bool:
    """Measure one part and keep what it found; whether that went well."""
    run = Run(lambda words: progress.print(f"{part.NAME}: {words}", markup=False), quick, seconds)
    watch, start = Watch(), time.monotonic()
    try:
        data = part.measure(run)
    except Exception:
        # Hours of other parts do not depend on this one.
        progress.print(traceback.format_exc(), markup=False)
        progress.print(f"{part.NAME}: failed; nothing of it is kept", style="red")
        return False
    record = Record(
        part=part.NAME,
        quick=quick,
        date=datetime.now(UTC).date().isoformat(),
        command=f"benches/bench.py {'--quick ' if quick else ''}{part.NAME}",
        minutes=round((time.monotonic() - start) / 60, 2),
        machine=watch.look(),
        missing=run.missing,
        data=data,
    )
    record.save(BUILD, indent=1)
    return True


def conclude(finished: Sequence[Part]) -> None:
    """Say what was found, and write the page of everything measured last beside its data."""
    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    records = load_all(BUILD, NAMES)
    report.show(console, finished, records)
    console.print(f"page: {_shown(page.write(PARTS, records, BUILD))}", soft_wrap=True)
    console.print(f"data: {_shown(BUILD)}/NAME.json", soft_wrap=True)


def publish() -> int:
    """Write the page in the documentation; a quick run does not take the place of a whole one."""
    published, measured = load_all(DOCS / page.FILES, NAMES), load_all(BUILD, NAMES)
    records, left_out = to_publish(published, measured)
    for name in left_out:
        words = f"the last run was quick; the page keeps that of {published[name].date}"
        progress.print(f"{name}: {words}")
    print(_shown(page.write(PARTS, records, DOCS)))
    return 0


def check() -> int:
    """Whether the page in the documentation is what the data beside it gives, and has its files.

    Plots are not compared: another version of matplotlib draws the same figures otherwise.
    """
    records = load_all(DOCS / page.FILES, NAMES)
    with tempfile.TemporaryDirectory() as scratch:
        written = page.write(PARTS, records, Path(scratch))
        names, there = (
            {file.name for file in (folder / page.FILES).iterdir()}
            for folder in (Path(scratch), DOCS)
        )
        if written.read_text() == (DOCS / page.PAGE).read_text() and names == there:
            return 0
    print(f"{_shown(DOCS / page.PAGE)} is not what its data gives: benches/bench.py --page")
    return 1


def _shown(path: Path) -> Path:
    return path.relative_to(PROJECT)


if __name__ == "__main__":
    sys.exit(main())
