"""Which guests there are: every source file in a folder of a collection is one."""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import dataclass
from pathlib import Path

from .tools import BuildError

LANGUAGES = {
    ".c": "c",
    ".go": "go",
    ".js": "javascript",
    ".py": "python",
    ".rs": "rust",
    ".ts": "typescript",
    ".wat": "wat",
    ".wit": "wit",
}


@dataclass(frozen=True, slots=True)
class Guest:
    """One component to build.

    Attributes:
        scenario: the folder.
        variant: the language of ``guest.*``, else the file's name without its ending.
        source: the file.
        kind: ``"handler"`` or ``"command"``: the ``kind`` of the folder's ``guest.toml``.
        output: where the component belongs.
    """

    scenario: str
    variant: str
    source: Path
    kind: str
    output: Path

    @property
    def name(self) -> str:
        """``SCENARIO/VARIANT``."""
        return f"{self.scenario}/{self.variant}"


@dataclass(frozen=True, slots=True)
class Collection:
    """Guests that belong together.

    Attributes:
        name: keeps their builds apart in the cache.
        sources: a folder of folders.
        output: where components belong, below a folder for each scenario.
    """

    name: str
    sources: Path
    output: Path

    def scenarios(self) -> list[str]:
        """The folders, sorted."""
        return sorted(
            folder.name
            for folder in self.sources.iterdir()
            if folder.is_dir() and folder.name != "__pycache__"
        )

    def guests(self) -> list[Guest]:
        """All guests, sorted by name.

        Raises:
            BuildError: a folder's ``guest.toml`` says what nobody understands.
        """
        return [guest for scenario in self.scenarios() for guest in self._of(scenario)]

    def select(self, names: list[str]) -> list[Guest]:
        """The guests that ``SCENARIO`` or ``SCENARIO/VARIANT`` names mean; all for no name.

        Raises:
            BuildError: a name means no guest, or a ``guest.toml`` is wrong.
        """
        everything = self.guests()
        if not names:
            return everything
        chosen: dict[str, Guest] = {}
        for name in names:
            meant = [guest for guest in everything if name in (guest.scenario, guest.name)]
            if not meant:
                raise BuildError(_unknown(name, everything))
            chosen.update((guest.name, guest) for guest in meant)
        return list(chosen.values())

    def _of(self, scenario: str) -> list[Guest]:
        folder = self.sources / scenario
        kind = _kind(folder / "guest.toml")
        return [
            Guest(scenario, variant, source, kind, self.output / scenario / f"{variant}.wasm")
            for source in sorted(folder.iterdir())
            if source.suffix in LANGUAGES
            for variant in [_variant(source)]
        ]


def _kind(settings: Path) -> str:
    if not settings.exists():
        return "handler"
    try:
        kind = tomllib.loads(settings.read_text()).get("kind", "handler")
    except tomllib.TOMLDecodeError as error:
        raise BuildError(f"{settings}: {error}") from None
    if kind not in ("handler", "command"):
        raise BuildError(f"{settings}: kind is handler or command, not {kind!r}")
    return str(kind)


def _variant(source: Path) -> str:
    return LANGUAGES[source.suffix] if source.stem == "guest" else source.stem


def _unknown(name: str, everything: list[Guest]) -> str:
    known = {guest.name for guest in everything} | {guest.scenario for guest in everything}
    near = difflib.get_close_matches(name, known, n=1)
    return f"no guest {name!r}" + (f"; did you mean {near[0]!r}?" if near else "; try --list")
