"""Contestants that handle messages in turns: programs that speak the protocol of ``serving``."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from itertools import product

from .child import Child
from .run import Run, in_turn

Command = Callable[[], list[str]]
"""Gives the command line of a contestant; raises ``MissingError`` if something of it is missing."""
Times = dict[str, dict[str, dict[str, list[float]]]]
"""Contestant → size of the body → ``"wall"``, and ``"cpu"`` if the contestant knows it → seconds a
message, once a round."""


def take_turns(
    run: Run, commands: Mapping[str, Command], sizes: Sequence[int], *, rounds: int, seconds: float
) -> Times:
    """Let contestants take turns, each in a process of its own that lives through all rounds.

    Each round begins with another one, otherwise the order is the same.

    Args:
        run: hears of progress and of those that cannot take part.
        commands: contestant → how it is started.
        sizes: of the bodies.
        rounds: turns of each contestant.
        seconds: about how long a contestant has for each size in each round.

    Returns:
        the times of those that were there in every round.
    """
    times: Times = {}
    with ExitStack() as stack:
        playing: dict[str, Child] = {}

        def start(name: str) -> None:
            child = playing[name] = stack.enter_context(Child(commands[name]()))
            child.wait_ready()
            for size in sizes:
                _handle(child, size, seconds / 2)  # warms it up

        def take_turn(name: str, size: int) -> None:
            clocks = times.setdefault(name, {}).setdefault(str(size), {})
            for clock, taken in _handle(playing[name], size, seconds).items():
                clocks.setdefault(clock, []).append(taken)

        for name in commands:
            run.say(f"starting {name}")
            run.attempt(name, partial(start, name))
        for turn in range(rounds):
            run.say(f"round {turn + 1} of {rounds}")
            for size, name in product(sizes, in_turn(commands, turn, rounds)):
                run.attempt(name, partial(take_turn, name, size))
    return {name: sizes for name, sizes in times.items() if name not in run.missing}


def _handle(child: Child, size: int, seconds: float) -> dict[str, float]:
    """Have a contestant handle messages for about so long; what each took by which clock."""
    child.ask(json.dumps({"size": size, "seconds": seconds}))
    answer = json.loads(child.answer())
    messages = int(answer["messages"])
    clocks = {"wall": "seconds", "cpu": "cpu"}
    return {
        clock: float(answer[name]) / messages for clock, name in clocks.items() if name in answer
    }
