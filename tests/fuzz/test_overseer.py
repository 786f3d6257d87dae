"""What ends the process in which inputs are tried, and what it takes more and more of."""

from __future__ import annotations

import random
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from . import overseer
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


def samples(resident: Callable[[int], float], files: Callable[[int], int]) -> Figures:
    """Of a long run."""
    each = [Sample(n, int(resident(n) * 1e6), 5, files(n)) for n in range(ENOUGH * 3)]
    return Figures("bytes", samples=each)


@pytest.mark.parametrize(
    ("resident", "files", "words"),
    [
        (lambda n: 80.0 + random.Random(n).random(), lambda _: 9, None),
        (lambda n: 80.0 + n, lambda _: 9, "resident memory grew by 30 MB"),
        (lambda n: 80.0, lambda n: 9 + n, "30 more open files"),
    ],
)
def test_growth_is_seen(
    resident: Callable[[int], float], files: Callable[[int], int], words: str | None
) -> None:
    """From the middle of a run to its end; what comes before is warming up."""
    figures = samples(resident, files)
    figures.look_at_growth()
    found = [problem.text.partition(" from")[0] for problem in figures.problems]
    assert found == ([] if words is None else [words])
