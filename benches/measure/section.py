"""The figures of delivery as Markdown: for the terminal, and for their part of the page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from .burst import ALLOWANCE, ECHO, MIB, SLOW, Burst
from .features import PLAIN, SIZE, Cost
from .isolation import ALONE, Place
from .machine import Machine
from .places import PROJECT
from .results import Results
from .samples import Samples

PAGE = PROJECT / "docs" / "performance.md"
BLOCK = re.compile(r"(<!-- bench-delivery -->\n).*?(<!-- end -->)", re.DOTALL)
STEPS = "▁▂▃▄▅▆▇█"
COLUMNS = 32
"""Of a curve."""
GUESTS = {ECHO: "echo", SLOW: "slow"}
VERDICTS = {"not reached": "**not reached**"}


def write(text: str, page: Path = PAGE) -> None:
    """Replace what the page says of an earlier run."""
    before = page.read_text()
    after, count = BLOCK.subn(lambda found: f"{found[1]}{text}{found[2]}", before)
    if count != 1:
        raise ValueError(f"{page} has no place for the figures of delivery")
    page.write_text(after)


def render(
    results: Results,
    costs: Sequence[Cost],
    bursts: Sequence[Burst],
    places: dict[str, Place],
    *,
    how: str,
) -> str:
    """Everything that was measured.

    Args:
        results: machine and rates.
        costs: of the features.
        bursts: with the memory of the host.
        places: of the fast component.
        how: the costs were measured, in a few words.
    """
    parts = [_machine(results.machine)]
    if costs:
        parts.append(_costs(results, costs, how))
    if bursts:
        parts.append(_bursts(bursts))
    if places:
        parts.append(_places(places))
    parts.extend(f"Not measured: {name}: {why}" for name, why in results.missing.items())
    return "\n\n".join(parts) + "\n"


def _machine(machine: Machine) -> str:
    versions = ", ".join(f"{name} {number}" for name, number in machine.versions.items())
    quiet = (
        "The machine was quiet before and after."
        if machine.quiet
        else f"**Others used {machine.others:.0%} of the machine before or after: its figures are "
        "off by what they took.**"
    )
    day = datetime.now(UTC).date()
    return (
        f"{day}, {machine.cores} cores of {machine.processor}, {machine.system}, {versions}.\n"
        f"{quiet}"
    )


def _costs(results: Results, costs: Sequence[Cost], how: str) -> str:
    rows = [
        (
            cost.comparison.feature,
            f"{cost.share:.1%} ± {cost.spread * 100:.1f}",
            f"{cost.seconds * 1e6:.2f}",
            "" if cost.comparison.target is None else f"{cost.comparison.target:.0%}",
            VERDICTS.get(cost.words, cost.words),
        )
        for cost in costs
    ]
    plain = results.engine(PLAIN, SIZE).median
    words = f"Plain: {1 / plain:,.0f} messages/s, {plain * 1e6:.2f} µs each, {how}."
    heads = ("feature", "of the throughput", "µs a message", "at most", "")
    return f"{words}\n\n{_table(heads, rows)}"


def _bursts(bursts: Sequence[Burst]) -> str:
    heads = (
        *("backlog", "`max_in_flight`", "bytes in flight", "messages/s", "twice"),
        *("at rest", "peak", "allowed", ""),
    )
    rows = [
        (
            f"{burst.waiting.messages:,} of {_name(burst)}",
            f"{burst.waiting.in_flight:,}",
            f"{burst.waiting.bound:,} MiB",
            f"{burst.rate:,.0f}",
            f"{burst.drain.repeated:,}",
            _mib(burst.rest),
            _mib(burst.peak),
            _mib(burst.allowed) if burst.waiting.judged else "",
            VERDICTS.get(burst.words, burst.words),
        )
        for burst in bursts
    ]
    words = (
        "Allowed is what the host has at rest, and `max_bytes_in_flight`, and "
        f"{ALLOWANCE // MIB} MiB. Its memory over time:"
    )
    curves = "\n".join(_curve(burst) for burst in bursts)
    return f"{_table(heads, rows)}\n\n{words}\n\n```\n{curves}\n```"


def _curve(burst: Burst) -> str:
    """Memory over time, from nothing to what is allowed or the peak."""
    memory = burst.drain.memory
    top = max(burst.peak, burst.allowed if burst.waiting.judged else 0)
    width = min(COLUMNS, len(memory))
    bins = [
        max(memory[len(memory) * column // width : len(memory) * (column + 1) // width])
        for column in range(width)
    ]
    line = "".join(STEPS[min(value * len(STEPS) // top, len(STEPS) - 1)] for value in bins)
    name = f"{_name(burst)}, {burst.waiting.bound:,} MiB"
    return f"{name:23} {line:{COLUMNS}} {len(memory) / 10:.0f} s, full height {_mib(top)}"


def _name(burst: Burst) -> str:
    return f"{_bytes(burst.waiting.size)}, {GUESTS[burst.waiting.guest]}"


def _places(places: dict[str, Place]) -> str:
    alone = places[ALONE].rate.median if ALONE in places else None
    rows = [
        (
            name,
            _spread(place.rate),
            "" if alone is None else f"{place.rate.median / alone:.0%}",
            f"{place.cpu.median * 1e6:.1f} µs",
            f"{place.median.median * 1e6:,.0f} µs",
            f"{place.p99.median * 1e6:,.0f} µs",
        )
        for name, place in places.items()
    ]
    heads = ("a fast component", "messages/s", "of alone", "CPU a message", "median", "p99")
    return _table(heads, rows)


def _spread(samples: Samples) -> str:
    half = (samples.high - samples.low) / 2 / samples.median
    return f"{samples.median:,.0f} ± {half:.0%}"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _mib(size: int) -> str:
    return f"{size / MIB:,.0f} MiB"


def _bytes(size: int) -> str:
    return f"{size >> 10} KiB" if size >= 1 << 10 else f"{size} B"
