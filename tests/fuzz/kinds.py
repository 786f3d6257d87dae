"""The kinds of inputs: how they are made from a seed and a number, tried, and kept."""

from __future__ import annotations

import abc
import asyncio
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from . import candidates, carriage, configuration, damage, keeping
from .candidate import Candidate
from .carriage import Routes, Sent
from .tally import Tally
from .trial import Trial

PATHS = ("alerts.wasm", "orders.wasm", "a.wasm")
"""Component files that the configurations of the documentation name."""


@dataclass(frozen=True, slots=True)
class Bench:
    """What inputs are tried with.

    Attributes:
        seed: of everything.
        folder: for files of the moment; exists.
        good: path of a component that copies what it gets to ``out``.
        originals: paths of valid components.
        clients: ``nats`` and ``jetstream``, as the configuration has them.
    """

    seed: int
    folder: Path
    good: Path
    originals: list[Path]
    clients: dict[str, dict[str, object]]


class Kind(abc.ABC):
    """A kind of inputs.

    Attributes:
        name: for people and files.
        group: how many are tried together.
    """

    name: ClassVar[str]
    group: ClassVar[int]

    def __init__(self, bench: Bench) -> None:
        self.bench = bench

    @abc.abstractmethod
    async def run(self, numbers: range) -> list[Tally]:
        """Try these inputs."""

    @abc.abstractmethod
    def keep(self, number: int, folder: Path) -> Path:
        """Write an input to a file from which it can be had again."""

    @abc.abstractmethod
    async def replay(self, file: Path) -> Tally:
        """Try the input of a file."""

    def path(self, number: int, folder: Path, suffix: str) -> Path:
        """A name for an input that is kept."""
        return folder / f"{self.name}-{self.bench.seed}-{number}{suffix}"


class _Components(Kind):
    """What components have in common, however they are made."""

    @abc.abstractmethod
    def make(self, number: int) -> tuple[Candidate, str | None]:
        """The component, and its text if it has one."""

    async def run(self, numbers: range) -> list[Tally]:
        made = [self.make(number)[0] for number in numbers]
        together = [each for each in made if not each.alone]
        for group in [together, *([each] for each in made if each.alone)]:
            if group:
                await self._try(group)
        return [each.tally for each in made]

    async def _try(self, group: list[Candidate]) -> None:
        folder = self.bench.folder / "trial"
        folder.mkdir()
        try:
            await Trial(group, folder, self.bench.good).run()
        finally:
            shutil.rmtree(folder)

    def keep(self, number: int, folder: Path) -> Path:
        candidate, text = self.make(number)
        suffix = ".wasm" if text is None else ".wat"
        path = self.path(number, folder, suffix)
        keeping.save(candidate, text, path)
        return path

    async def replay(self, file: Path) -> Tally:
        candidate = keeping.load(file)
        await self._try([candidate])
        return candidate.tally


class Programs(_Components):
    """Components that call the interface at random."""

    name = "components"
    group = candidates.TOGETHER

    def make(self, number: int) -> tuple[Candidate, str | None]:
        return candidates.program(self.bench.seed, number)


class Bytes(_Components):
    """Bytes that are no component, and components that were damaged."""

    name = "bytes"
    group = 20

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        self._originals = damage.Originals([path.read_bytes() for path in bench.originals])

    def make(self, number: int) -> tuple[Candidate, str | None]:
        return self._originals.damaged(self.bench.seed, number), None


class Messages(Kind):
    """Messages on all ways to a component that copies them."""

    name = "messages"
    group = 100

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        clients: dict[str, dict[str, object]] = {"memory": {"url": "memory:"}, **bench.clients}
        self._routes = Routes(clients, bench.good, bench.folder / "cache")

    async def run(self, numbers: range) -> list[Tally]:
        made = [carriage.sent(self.bench.seed, number) for number in numbers]
        return await self._routes.carry(made)

    def keep(self, number: int, folder: Path) -> Path:
        sent = carriage.sent(self.bench.seed, number)
        path = self.path(number, folder, ".json")
        values = {"way": sent.way, **keeping.written(sent.message)}
        path.write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")
        return path

    async def replay(self, file: Path) -> Tally:
        values = json.loads(await asyncio.to_thread(file.read_text, encoding="utf-8"))
        sent = Sent(0, values["way"], keeping.read(values))
        (tally,) = await self._routes.carry([sent])
        return tally


class Configurations(Kind):
    """Texts that may be a configuration."""

    name = "configurations"
    group = 500

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        self._texts = configuration.originals()
        for path in PATHS:
            (bench.folder / path).write_bytes(b"")

    async def run(self, numbers: range) -> list[Tally]:
        return [self._read(self._text(number), number) for number in numbers]

    def keep(self, number: int, folder: Path) -> Path:
        path = self.path(number, folder, ".toml")
        path.write_bytes(self._text(number).encode("utf-8", "surrogatepass"))
        return path

    async def replay(self, file: Path) -> Tally:
        content = await asyncio.to_thread(file.read_bytes)
        return self._read(content.decode("utf-8", "surrogatepass"), 0)

    def _text(self, number: int) -> str:
        return configuration.changed(self.bench.seed, number, self._texts)

    def _read(self, text: str, number: int) -> Tally:
        tally = Tally(number)
        configuration.read(text, tally, self.bench.folder)
        return tally


KINDS: dict[str, type[Kind]] = {
    kind.name: kind for kind in (Programs, Bytes, Messages, Configurations)
}
SHARES = {"components": 0.55, "bytes": 0.25, "messages": 0.15, "configurations": 0.05}
"""Of the time."""


def kind_of(file: Path) -> str:
    """The kind of an input that was kept.

    Raises:
        ValueError: its name does not say.
    """
    kinds = {".wat": "components", ".wasm": "bytes", ".json": "messages", ".toml": "configurations"}
    if file.suffix not in kinds:
        raise ValueError(f"{file}: expected a file with one of {', '.join(kinds)}")
    return kinds[file.suffix]
