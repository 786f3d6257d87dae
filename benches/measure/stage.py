"""Contestants on one broker take turns under the same loads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial
from itertools import product
from typing import Any

from .child import Child
from .contest import Contest, Contestant, Server
from .loads import Load
from .run import Run, in_turn

WARM_UP = 0.3
"""Seconds of each load before the first turn that counts."""

Record = Callable[[str, str, dict[str, Any]], None]
"""Takes the name of a load, of a contestant, and the answer of one turn."""


def play(
    run: Run,
    contest: Contest,
    contestants: Mapping[str, Contestant],
    loads: Mapping[str, Load],
    record: Record,
) -> None:
    """Measure everybody under each load that is theirs.

    Each contestant has a server of its own. It is started once for the loads of a group and lives
    through all rounds, idle while others have their turn.
    """
    for group in dict.fromkeys(load.group for load in loads.values()):
        of_group = {name: load for name, load in loads.items() if load.group == group}
        with ExitStack() as stack:
            _play_group(run, contest, contestants, of_group, record, stack)


def _play_group(
    run: Run,
    contest: Contest,
    contestants: Mapping[str, Contestant],
    loads: Mapping[str, Load],
    record: Record,
    stack: ExitStack,
) -> None:
    playing: dict[str, tuple[Server, Child]] = {}
    title = f"{contest.name}, {', '.join(loads)}"

    def start(name: str) -> None:
        mine = [load for load in loads.values() if contestants[name].handles(load)]
        server = stack.enter_context(contest.serve())
        child = stack.enter_context(Child(contestants[name].command(server, mine[0])))
        child.wait_ready()
        playing[name] = server, child
        for load in mine:
            contest.turn(server, child, load.lasting(min(WARM_UP, load.seconds)))

    def take_turn(name: str, load_name: str) -> None:
        record(load_name, name, contest.turn(*playing[name], loads[load_name]))

    names = [
        name
        for name, contestant in contestants.items()
        if any(map(contestant.handles, loads.values()))
    ]
    for name in names:
        run.say(f"{title}: starting {name}")
        run.attempt(f"{title}: {name}", partial(start, name))
    for turn in range(run.rounds):
        run.say(f"{title}: round {turn + 1} of {run.rounds}")
        for load_name, name in product(loads, in_turn(names, turn, run.rounds)):
            if contestants[name].handles(loads[load_name]):
                run.attempt(f"{title}: {name}", partial(take_turn, name, load_name))
