"""Whether what is in the broker is what must be there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from .commands import Record
from .observations import Expected

ROUNDING = Decimal("0.051")
"""The component rounds means to one decimal."""


@dataclass(frozen=True, slots=True)
class Check:
    """One statement, and whether it holds; ``problem`` is shown only if it does not."""

    what: str
    good: bool
    problem: str = ""


def check(
    stored: list[Record], left: list[Record], expected: Expected, published: int
) -> list[Check]:
    """Compare.

    Args:
        stored: every message in the broker, in order.
        left: what the component's group has not acknowledged.
        expected: what the table says.
        published: how many observations there were.
    """
    return list(_checks(stored, left, expected, published))


def _checks(
    stored: list[Record], left: list[Record], expected: Expected, published: int
) -> Iterator[Check]:
    frost, storm = _dates(stored, "alerts.frost"), _dates(stored, "alerts.storm")
    yield _same(f"{len(expected.frost)} days of frost, each reported once", frost, expected.frost)
    yield _same(f"{len(expected.storm)} days of storm, each reported once", storm, expected.storm)
    months = [json.loads(record["data"]) for record in stored if record["topic"].startswith("summ")]
    names = [month["month"] for month in months]
    yield _same(f"{len(expected.rain)} months, each summed up once", names, list(expected.rain))
    wrong = [month["month"] for month in months if not _right(month, expected)]
    yield Check("every sum and mean as computed from the table", not wrong, ", ".join(wrong))
    observed = sum(record["topic"] == "weather.seattle" for record in stored)
    yield Check(
        f"{published:,} observations stored, none left to handle",
        observed == published and not left,
    )
    more = len(stored) - published - expected.alerts - len(expected.rain)
    yield Check("nothing else in the broker", more == 0, f"{more:+} messages")


def _dates(stored: list[Record], topic: str) -> list[str]:
    return [json.loads(record["data"])["date"] for record in stored if record["topic"] == topic]


def _same(what: str, found: list[str], expected: list[str]) -> Check:
    missing = sorted(set(expected) - set(found))
    more = len(found) - len(set(found) & set(expected))
    problem = f"missing: {', '.join(missing) or 'none'}; too many: {more}"
    return Check(what, sorted(found) == sorted(expected), problem)


def _right(month: Record, expected: Expected) -> bool:
    name = month["month"]
    return (
        Decimal(str(month["rain"])) == expected.rain.get(name)
        and abs(Decimal(str(month["high"])) - expected.high[name]) < ROUNDING
        and abs(Decimal(str(month["low"])) - expected.low[name]) < ROUNDING
    )
