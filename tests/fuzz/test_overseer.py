"""What ends the process in which inputs are tried, and what it takes more and more of."""

from __future__ import annotations

import random
import re
import textwrap
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from . import overseer
from .campaign import orders
from .child import Order
from .figures import ENOUGH, Figures, Sample
from .overseer import Overseer

CHILD = """
import os, sys, time
sys.path.insert(0, {tests!r})
from fuzz import child
from fuzz.kinds import Configurations

async def run(self, numbers):
    if 3 in numbers:
        {action}
    return await plain(self, numbers)

plain, Configurations.run, Configurations.group = Configurations.run, run, 2
child.main()
"""


LEAKING = """
import os, sys, threading
sys.path.insert(0, {tests!r})
from fuzz import child
from wasi_messaging import Host

async def leave(self, *error):
    await close(self, *error)
    {leak}

close, Host.__aexit__ = Host.__aexit__, leave
child.main()
"""


@pytest.mark.parametrize(
    ("leak", "words"),
    [
        ("os.dup(0)", "more open files after 40 inputs than after the first group"),
        (
            "threading.Thread(target=threading.Event().wait, daemon=True).start()",
            "more threads after 40 inputs than after the first group",
        ),
    ],
)
async def test_a_host_that_leaks_is_found_by_the_shortest_run(
    leak: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two groups are enough."""
    program = tmp_path / "child.py"
    tests = str(Path(__file__).parent.parent)
    program.write_text(LEAKING.format(tests=tests, leak=leak))
    monkeypatch.setattr(overseer, "PROGRAM", program)
    with orders(7) as order:
        short = Overseer(replace(order, kind="bytes", count=40), tmp_path, lambda _: None)
        await short.run()
    assert len(short.figures.samples) == 2
    (problem,) = short.figures.problems
    assert re.fullmatch(rf"\d+ {words}", problem.text)


@pytest.mark.parametrize(
    ("action", "words"),
    [
        ("os.kill(os.getpid(), 11)", "the process was ended by SIGSEGV"),
        ("os._exit(3)", "the process failed with status 3"),
        ("time.sleep(100)", "the process hangs: nothing came of it for 2 s"),
    ],
)
async def test_the_input_that_ends_the_process_is_found(
    action: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is kept, and the others are tried all the same."""
    program = tmp_path / "child.py"
    tests = str(Path(__file__).parent.parent)
    program.write_text(textwrap.dedent(CHILD.format(tests=tests, action=action)))
    monkeypatch.setattr(overseer, "PROGRAM", program)
    monkeypatch.setattr(overseer, "SILENCE", 2.0)
    order = Order("configurations", 1, "", [], {}, count=6)
    campaign = Overseer(order, tmp_path, lambda _: None)
    await campaign.run()
    (problem,) = campaign.figures.problems
    assert problem.number == 3
    assert problem.text.startswith(words)
    assert problem.file == str(tmp_path / "configurations-1-3.toml")
    assert (tmp_path / "configurations-1-3.toml").exists()
    assert campaign.figures.inputs == 6
    assert campaign.figures.outcomes.total() == 5


def samples(resident: Callable[[int], float], files: Callable[[int], int]) -> list[Sample]:
    """Of a long run, with one input in each group."""
    return [Sample(n + 1, int(resident(n) * 1e6), 5, files(n)) for n in range(ENOUGH * 3)]


@pytest.mark.parametrize(
    ("resident", "files", "words"),
    [
        (lambda n: 80.0 + random.Random(n).random(), lambda _: 9, None),
        (
            lambda n: 80.0 + n,
            lambda _: 9,
            "resident memory grew by 30 MB from the middle third of the inputs to the last",
        ),
        (
            lambda n: 80.0,
            lambda n: 9 + n // 80,
            "1 more open files after 81 inputs than after the first group",
        ),
    ],
)
def test_growth_is_seen(
    resident: Callable[[int], float], files: Callable[[int], int], words: str | None
) -> None:
    """Of files at once; of memory from the middle of a run on: what comes before is warming up."""
    figures = Figures("bytes")
    figures.look_at_growth(samples(resident, files))
    assert [problem.text for problem in figures.problems] == ([] if words is None else [words])
