"""Echo programs on NATS under load, in turns: messages a second and processor time a message."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from functools import partial
from typing import Any

from .child import Child, python
from .machine import processor_seconds
from .places import MissingError, guest, load_generator
from .results import Results
from .server import nats_server

OURS = "our host"
CORE, JETSTREAM = "core NATS", "JetStream"
PLAIN = "nats-py"
PLAIN_HEADERS = "nats-py with headers"
PLAIN_PULL = "nats-py, pull, confirmed"
PLAIN_PUSH = "nats-py, push, unconfirmed"

SIZE = 256
WARM_UP = 2_000


@dataclass(frozen=True, slots=True)
class Load:
    """How a kind of broker is loaded.

    Attributes:
        messages: in one turn.
        window: outstanding at most.
        stored: subjects that a stream stores.
        programs: name → program and what it is told to do.
    """

    messages: int
    window: int
    stored: tuple[str, ...]
    programs: dict[str, tuple[str, str]]


LOADS = {
    CORE: Load(
        messages=100_000,
        window=1_024,
        stored=(),
        programs={
            OURS: ("nats_host", "core"),
            PLAIN: ("nats_plain", "core"),
            PLAIN_HEADERS: ("nats_plain", "core-headers"),
        },
    ),
    JETSTREAM: Load(
        messages=30_000,
        window=256,
        stored=("in", "out"),
        programs={
            OURS: ("nats_host", "jetstream"),
            PLAIN_PULL: ("nats_plain", "pull"),
            PLAIN_PUSH: ("nats_plain", "push"),
        },
    ),
}


def measure(results: Results, *, rounds: int, share: float) -> None:
    """Let the programs take turns under load.

    Args:
        results: takes the figures.
        rounds: turns of each program.
        share: of the usual number of messages.
    """
    for turn in range(rounds):
        results.say(f"NATS: round {turn + 1} of {rounds}")
        for kind, load in LOADS.items():
            for name in load.programs:
                take_turn = partial(_turn, results, kind, name, share)
                results.attempt(f"{kind}: {name}", take_turn)


def _turn(results: Results, kind: str, name: str, share: float) -> None:
    load = LOADS[kind]
    program, way = load.programs[name]
    with nats_server(*load.stored) as port:
        command = python(program, way, f"nats://127.0.0.1:{port}", guest("bench/c"))
        with Child(command) as child:
            child.answer()  # it is ready
            _generate(port, WARM_UP, load.window)
            before = processor_seconds(child.process)
            answer = _generate(port, int(load.messages * share), load.window)
            spent = processor_seconds(child.process) - before
    echo = results.echo(kind, name)
    echo.lost += answer["lost"]
    echo.duplicates += answer["duplicates"]
    if answer["received"]:
        echo.rate.add(answer["received"] / answer["seconds"])
        echo.cpu.add(spent / answer["received"])


def _generate(port: int, messages: int, window: int) -> dict[str, Any]:
    numbers = (messages, window, SIZE)
    command = [str(load_generator()), str(port), "in", "out", *map(str, numbers)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise MissingError(f"the load generator failed: {done.stderr.strip()}")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer
