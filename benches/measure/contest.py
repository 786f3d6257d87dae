"""What a file in ``contests/`` tells the benchmark: how its server starts and who handles messages.

A broker is added by adding one module there, with ``CONTEST``, an instance of a class derived from
:class:`Contest`. The programs for it are functions in the same module, which run as processes of
their own (``programs/native.py``).
"""

from __future__ import annotations

import abc
import json
import subprocess
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar

from .child import Child, python
from .loads import HANDLERS, Load
from .ours import OURS, Ours
from .places import MissingError, last_line
from .processes import children_seconds, processor_seconds, resident_bytes

GENERATOR_SECONDS = 60.0
"""How much longer than its load a generator may take."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server of a broker.

    Attributes:
        url: for clients of its own kind.
        client: ``[clients.default]`` of our host.
        process: its number; ``None``: there is no process but the contestant's.
        details: whatever its generator and its programs need besides.
    """

    url: str
    client: dict[str, Any]
    process: int | None = None
    details: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> str:
        """For programs."""
        return json.dumps(asdict(self))


UVLOOP = ", uvloop"
"""What the name of a program ends with that is run on that event loop."""
Ready = Callable[[], None]
Program = Callable[[str, Server, Ready], Awaitable[object]]
"""Handles messages until it is stopped; given the name of the handler, the server, and what to call
as soon as messages may come."""


@dataclass(frozen=True, slots=True)
class Contestant:
    """Who handles messages.

    Attributes:
        command: starts it, for a server and a load that it will get; raises ``MissingError``.
        handlers: those that it has.
        largest: bytes of a body that it is given at most.
        loses: it acknowledges what is not yet safe, and is here to compare only; says something
            where the broker acknowledges.
    """

    command: Callable[[Server, Load], list[str]]
    handlers: tuple[str, ...] = HANDLERS
    largest: int = 2**20
    loses: bool = False

    def handles(self, load: Load) -> bool:
        """Whether it takes part."""
        return load.handler in self.handlers and load.size <= self.largest


class Contest(abc.ABC):
    """A broker of the benchmark, and who handles messages on it.

    Attributes:
        name: on the page.
        file: name of the module in ``contests/``.
        guarantee: with which messages are handled, on the page.
        programs: those of the module: name → program; :meth:`native` makes a contestant of one.
    """

    name: ClassVar[str]
    file: ClassVar[str]
    guarantee: ClassVar[str]
    programs: ClassVar[Mapping[str, Program]]

    @abc.abstractmethod
    def serve(self) -> AbstractContextManager[Server]:
        """A server of its own for a contestant; raises ``MissingError`` where there is none."""

    @abc.abstractmethod
    def others(self) -> dict[str, Contestant]:
        """Who takes part besides our host, by name."""

    def contestants(self) -> dict[str, Contestant]:
        """Everybody, by name."""
        return self.others() | {name: self.ours(it) for name, it in OURS.items()}

    def ours(self, it: Ours) -> Contestant:
        """Our host with guests of one language."""

        def command(server: Server, load: Load) -> list[str]:
            return python("host", json.dumps(it.configuration(server.client, load)))

        return Contestant(command, it.handlers)

    def native(self, name: str, **more: Any) -> Contestant:
        """The contestant that runs a program of the module."""

        def command(server: Server, load: Load) -> list[str]:
            return python("native", self.file, name, load.handler, server.as_json())

        return Contestant(command, **more)

    def generator(self, server: Server, load: Load) -> list[str]:
        """What puts a server under load: prints the JSON of an answer, given the body's template
        on standard input. Default: a Python program on our own client of the broker.
        """
        return python("generate", json.dumps(server.client), load.as_json())

    def turn(self, server: Server, child: Child, load: Load) -> dict[str, Any]:
        """Put a contestant under load once.

        Returns:
            The generator's answer, with ``cpu`` and ``cpu_broker``: seconds of processor time that
            the contestant's process and the server took, and ``rss``: the contestant's resident
            memory right after it, in bytes.

        Raises:
            MissingError: the contestant has ended, or the generator failed.
        """
        processes = {"cpu": child.process}
        if server.process is not None:
            processes["cpu_broker"] = server.process
        before = {name: processor_seconds(process) for name, process in processes.items()}
        answer = generate(self.generator(server, load), load)
        for name, process in processes.items():
            answer[name] = processor_seconds(process) - before[name]
        answer["rss"] = resident_bytes(child.process)
        if not answer["rss"]:
            child.answer()  # it has ended: says why
        return answer


def generate(command: list[str], load: Load) -> dict[str, Any]:
    """Run a generator to its end; ``cpu_generator`` of the answer is its own processor time.

    Raises:
        MissingError: it failed; says with which words.
    """
    before = children_seconds()
    limit = load.seconds + GENERATOR_SECONDS
    try:
        done = subprocess.run(
            command, input=load.template, capture_output=True, timeout=limit, check=False
        )
    except subprocess.TimeoutExpired:
        raise MissingError(f"the load generator did not end within {limit:g} s") from None
    if done.returncode != 0:
        words = last_line(done.stderr.decode(errors="replace"))
        raise MissingError(f"the load generator failed: {words}")
    answer: dict[str, Any] = json.loads(done.stdout)
    answer.setdefault("cpu_generator", children_seconds() - before)
    return answer
