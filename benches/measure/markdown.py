"""Numbers, sizes and tables as the page and the terminal show them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .samples import Samples


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; the first column is text, the others are aligned to the right."""
    rule = ["---", *["---:"] * (len(heads) - 1)]
    return "\n".join(f"| {' | '.join(line)} |" for line in (heads, rule, *rows))


def number(value: float) -> str:
    """Three digits, or all there are before the point."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def spread(samples: Samples, unit: float = 1) -> str:
    """The median in a unit, with half of the range where there was more than one round."""
    median = number(samples.median * unit)
    return median if len(samples.values) == 1 else f"{median} ± {samples.spread:.0%}"


def size(count: int) -> str:
    """Bytes in the largest unit that gives a whole number: ``64 KiB``."""
    for unit, power in (("MiB", 20), ("KiB", 10)):
        if count >= 1 << power and not count % (1 << power):
            return f"{count >> power:,} {unit}"
    return f"{count:,} B"


def mebibytes(count: float) -> str:
    """Bytes as memory is quoted: ``46 MiB``."""
    return f"{number(count / 2**20)} MiB"
