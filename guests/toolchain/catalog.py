"""Which guests there are: every source file in a folder of ``guests/`` is one."""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import dataclass
from pathlib import Path

from .tools import BuildError

GUESTS = Path(__file__).resolve().parent.parent
ROOT = GUESTS.parent
OUTPUT = ROOT / "build" / "guests"
NOT_SCENARIOS = {"toolchain", "__pycache__"}
LANGUAGES = {".c": "c", ".js": "javascript", ".py": "python", ".wat": "wat", ".wit": "wit"}


@dataclass(frozen=True, slots=True)
class Guest:
    """One component to build.

    Attributes:
        scenario: the folder.
        variant: the language of ``guest.*``, else the file's name without its ending.
        source: the file.
        kind: ``"handler"`` or ``"command"``: the ``kind`` of the folder's ``guest.toml``.
    """

    scenario: str
    variant: str
    source: Path
    kind: str

    @property
    def name(self) -> str:
        """``SCENARIO/VARIANT``."""
        return f"{self.scenario}/{self.variant}"

    @property
    def output(self) -> Path:
        """Where the component belongs."""
        return OUTPUT / self.scenario / f"{self.variant}.wasm"


def scenarios() -> list[str]:
    """The folders, sorted."""
    return sorted(
        folder.name
        for folder in GUESTS.iterdir()
        if folder.is_dir() and folder.name not in NOT_SCENARIOS
    )


def guests() -> list[Guest]:
    """All guests, sorted by name."""
    return [guest for scenario in scenarios() for guest in _of(scenario)]


def select(names: list[str]) -> list[Guest]:
    """The guests that ``SCENARIO`` or ``SCENARIO/VARIANT`` names mean; all for no name.

    Raises:
        BuildError: a name means no guest.
    """
    everything = guests()
    if not names:
        return everything
    chosen: dict[str, Guest] = {}
    for name in names:
        meant = [guest for guest in everything if name in (guest.scenario, guest.name)]
        if not meant:
            raise BuildError(_unknown(name, everything))
        chosen.update((guest.name, guest) for guest in meant)
    return list(chosen.values())


def _of(scenario: str) -> list[Guest]:
    folder = GUESTS / scenario
    settings = folder / "guest.toml"
    kind = "handler"
    if settings.exists():
        kind = tomllib.loads(settings.read_text())["kind"]
    return [
        Guest(scenario, _variant(source), source, kind)
        for source in sorted(folder.iterdir())
        if source.suffix in LANGUAGES
    ]


def _variant(source: Path) -> str:
    return LANGUAGES[source.suffix] if source.stem == "guest" else source.stem


def _unknown(name: str, everything: list[Guest]) -> str:
    known = {guest.name for guest in everything} | {guest.scenario for guest in everything}
    near = difflib.get_close_matches(name, known, n=1)
    return f"no guest {name!r}" + (f"; did you mean {near[0]!r}?" if near else "; try --list")
