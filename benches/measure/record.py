"""What one run of a part found out, with where and when; a JSON file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from .machine import Machine
from .part import Data


@dataclass(frozen=True, slots=True)
class Record:
    """One run of one part.

    Attributes:
        part: its name.
        quick: it was only a rough idea.
        date: the day, in ISO 8601.
        command: what measures it again.
        minutes: how long it took.
        machine: where it was measured.
        missing: what could not be measured → why.
        data: what the part found out.
    """

    part: str
    quick: bool
    date: str
    command: str
    minutes: float
    machine: Machine
    missing: dict[str, str]
    data: Data

    def save(self, folder: Path, *, indent: int | None = None) -> Path:
        """Write it to a folder; returns the file."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self.part}.json"
        separators = (",", ":") if indent is None else None
        text = json.dumps(asdict(self), indent=indent, separators=separators, ensure_ascii=False)
        path.write_text(f"{text}\n")
        return path

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read it back."""
        fields = json.loads(path.read_text())
        return cls(**{**fields, "machine": Machine(**fields["machine"])})


def load_all(folder: Path, names: list[str]) -> dict[str, Record]:
    """The records of these parts that there are in a folder."""
    paths = {name: folder / f"{name}.json" for name in names}
    return {name: Record.load(path) for name, path in paths.items() if path.exists()}


def to_publish(
    published: Mapping[str, Record], measured: Mapping[str, Record]
) -> tuple[dict[str, Record], list[str]]:
    """What the page shows next: what was measured last, but no quick run in place of a whole one.

    Args:
        published: name → what the page shows now.
        measured: name → what was measured last.

    Returns:
        the records, and the names of the quick runs that were left out.
    """
    left_out = [
        name
        for name, record in measured.items()
        if record.quick and name in published and not published[name].quick
    ]
    taken = {name: record for name, record in measured.items() if name not in left_out}
    return {**published, **taken}, left_out
