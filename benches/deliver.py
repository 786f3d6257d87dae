#!/usr/bin/env python3
"""Measure what the features of delivery cost, whether memory stays bounded, and what a slow
component takes from a fast one.

``docs/performance.md`` describes the method. Run it by ``make bench-delivery``, on a machine that
does nothing else.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from measure import burst, features, isolation, machine, section
from measure.results import Results
from rich.console import Console

PARTS = ("features", "burst", "isolation")
CLOCKS = {
    "seconds": "by the clock on the wall",
    "cpu": "in processor time",
}


def main() -> int:
    """Run the command line."""
    arguments = parse()
    progress = Console(stderr=True, style="dim", soft_wrap=True)
    results = Results(machine.look(), progress.print)
    clock = "cpu" if arguments.cpu else "seconds"
    found = Found(results, arguments.parts or PARTS, quick=arguments.quick, clock=clock)
    results.machine = machine.look_again(results.machine)
    text = found.text(CLOCKS[clock])
    print(text)
    if arguments.json:
        arguments.json.parent.mkdir(parents=True, exist_ok=True)
        figures = json.dumps(found.as_json(), indent=2, ensure_ascii=False)
        arguments.json.write_text(f"{figures}\n")
    if arguments.page:
        section.write(text)
    return 0


def parse() -> argparse.Namespace:
    """The arguments."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a rough idea within a minute")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every sample to FILE")
    parser.add_argument(
        "--page", action="store_true", help="put the figures into docs/performance.md"
    )
    parser.add_argument(
        "--cpu",
        action="store_true",
        help="costs of the features by processor time, where others use the machine too",
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"only some of {', '.join(PARTS)}")
    arguments = parser.parse_args()
    unknown = [part for part in arguments.parts if part not in PARTS]
    if unknown:
        parser.error(f"there is no part {unknown[0]!r}; choose from {', '.join(PARTS)}")
    if arguments.page and (arguments.quick or arguments.parts):
        parser.error("the page shows whole runs: neither --quick nor parts go with --page")
    return arguments


class Found:
    """Measures some parts and holds what came of it."""

    def __init__(
        self, results: Results, parts: tuple[str, ...], *, quick: bool, clock: str
    ) -> None:
        self._results = results
        self._costs: list[features.Cost] = []
        self._bursts: list[burst.Burst] = []
        self._places: dict[str, isolation.Place] = {}
        if "features" in parts:
            rounds, seconds = (5, 0.15) if quick else (11, 0.6)
            features.measure(results, rounds=rounds, seconds=seconds, clock=clock)
            self._costs = features.costs(results)
        if "burst" in parts:
            self._bursts = burst.measure(results, share=0.05 if quick else 1.0)
        if "isolation" in parts:
            rounds, seconds = (1, 0.5) if quick else (5, 1.0)
            self._places = isolation.measure(results, rounds=rounds, seconds=seconds)

    def text(self, how: str) -> str:
        """As Markdown."""
        return section.render(self._results, self._costs, self._bursts, self._places, how=how)

    def as_json(self) -> dict[str, Any]:
        """For programs; times in seconds, memory in bytes."""
        return {
            "machine": self._results.machine.as_json(),
            "ways": self._results.as_json()["engines"],
            "features": [cost.as_json() for cost in self._costs],
            "bursts": [one.as_json() for one in self._bursts],
            "isolation": {name: place.as_json() for name, place in self._places.items()},
            "missing": self._results.missing,
        }


if __name__ == "__main__":
    sys.exit(main())
