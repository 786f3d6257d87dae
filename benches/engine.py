#!/usr/bin/env python3
"""Measure the engine and the host side by side with what else there is, in one run.

Contestants take turns; each figure is the median of all rounds. ``docs/performance.md`` describes
the method. Run it by ``make bench-engine``, on a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from measure import echoes, engines, machine, report, rust, starts
from measure.figures import verdicts
from measure.results import Results
from rich.console import Console

WIDTH = 110
"""Columns of the report where it does not go to a terminal."""
PARTS = ("engines", "memory", "nats", "starts")


def main() -> int:
    """Run the command line."""
    arguments = parse()
    progress = Console(stderr=True, style="dim", soft_wrap=True)
    results = Results(machine.look(), progress.print)
    measure(results, arguments.parts or PARTS, quick=arguments.quick)
    results.machine = machine.look_again(results.machine)
    judged = verdicts(results)
    report.show(Console(width=None if sys.stdout.isatty() else WIDTH), results, judged)
    if arguments.json:
        figures = [verdict.as_json() for verdict in judged]
        text = json.dumps({**results.as_json(), "figures": figures}, indent=2, ensure_ascii=False)
        arguments.json.write_text(f"{text}\n")
    return 0


def parse() -> argparse.Namespace:
    """The arguments."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a rough idea within a minute")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every sample to FILE")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"only some of {', '.join(PARTS)}")
    arguments = parser.parse_args()
    unknown = [part for part in arguments.parts if part not in PARTS]
    if unknown:
        parser.error(f"there is no part {unknown[0]!r}; choose from {', '.join(PARTS)}")
    return arguments


def measure(results: Results, parts: tuple[str, ...], *, quick: bool) -> None:
    """Measure some parts."""
    rounds, seconds, share = (3, 0.15, 0.2) if quick else (5, 0.6, 1.0)
    small = engines.SIZES[:1]
    if "engines" in parts:
        rust.measure(results, small if quick else engines.SIZES)
        engines.measure(
            *(results, "engines", engines.ENGINES, engines.SIZES), rounds=rounds, seconds=seconds
        )
    if "memory" in parts:
        engines.measure(
            *(results, "memory broker", engines.HOSTS, small), rounds=rounds, seconds=4 * seconds
        )
    if "nats" in parts:
        echoes.measure(results, rounds=rounds, share=share)
    if "starts" in parts:
        starts.measure(results, rounds=2 * rounds)


if __name__ == "__main__":
    sys.exit(main())
