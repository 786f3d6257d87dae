"""Everything one run found out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .machine import Machine
from .places import MissingError
from .samples import Samples


@dataclass(slots=True)
class Echo:
    """An echo program under load.

    Attributes:
        rate: messages a second.
        cpu: seconds of processor time the program took for a message.
        lost: messages that never came back, over all rounds.
        duplicates: copies that came back once more, over all rounds.
    """

    rate: Samples = field(default_factory=Samples)
    cpu: Samples = field(default_factory=Samples)
    lost: int = 0
    duplicates: int = 0

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "messages_per_second": self.rate.as_json(),
            "cpu_seconds_per_message": self.cpu.as_json(),
            "lost": self.lost,
            "duplicates": self.duplicates,
        }


@dataclass(slots=True)
class Results:
    """What was measured, and what could not be.

    Attributes:
        machine: where it was measured.
        say: takes a line about progress.
        engines: contestant → size of the body → seconds a message.
        echoes: kind of broker → program → its rate under load.
        starts: what was started → seconds until it was ready.
        missing: what could not be measured → why.
    """

    machine: Machine
    say: Callable[[str], None]
    engines: dict[str, dict[int, Samples]] = field(default_factory=dict)
    echoes: dict[str, dict[str, Echo]] = field(default_factory=dict)
    starts: dict[str, Samples] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)

    def engine(self, name: str, size: int) -> Samples:
        """The samples of one contestant and size."""
        return self.engines.setdefault(name, {}).setdefault(size, Samples())

    def echo(self, kind: str, name: str) -> Echo:
        """The samples of one program on one kind of broker."""
        return self.echoes.setdefault(kind, {}).setdefault(name, Echo())

    def start(self, name: str) -> Samples:
        """The samples of starting something."""
        return self.starts.setdefault(name, Samples())

    def attempt(self, name: str, act: Callable[[], object]) -> None:
        """Do something of what is measured; if it cannot be done, note why and never try again."""
        if name in self.missing:
            return
        try:
            act()
        except MissingError as error:
            self.say(f"{name}: {error}")
            self.missing[name] = str(error)

    def as_json(self) -> dict[str, Any]:
        """For programs; times in seconds."""
        return {
            "machine": self.machine.as_json(),
            "engines": {
                name: {str(size): samples.as_json() for size, samples in sizes.items()}
                for name, sizes in self.engines.items()
            },
            "echoes": {
                kind: {name: echo.as_json() for name, echo in programs.items()}
                for kind, programs in self.echoes.items()
            },
            "starts": {name: samples.as_json() for name, samples in self.starts.items()},
            "missing": self.missing,
        }
