"""A short campaign with a fixed seed; ``make fuzz SECONDS=1800`` runs long ones."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from . import campaign
from .child import Order
from .figures import Figures
from .overseer import Overseer, replay

SEED = 7
LIMIT = pytest.mark.timeout(180)


async def tried(kind: str, count: int, folder: Path) -> Figures:
    """Try so many inputs of a kind; nothing may have gone wrong.

    There is more than one group, else nothing would be said of threads and open files.
    """
    with campaign.orders(SEED) as order:
        overseer = Overseer(replace(order, kind=kind, count=count), folder, lambda _: None)
        await overseer.run()
    figures = overseer.figures
    print(figures)
    assert not figures.problems
    assert figures.inputs == count
    assert len(figures.samples) > 1
    return figures


@LIMIT
async def test_components(tmp_path: Path) -> None:
    """The host stands them, and they get to everything that can become of a message."""
    figures = await tried("components", 128, tmp_path)
    wanted = {"ok", "error", "trap", "limit", "deadline", "too large", "refused"}
    assert wanted <= figures.outcomes.keys()
    assert figures.outcomes["ok"] > figures.outcomes.total() / 10


@LIMIT
async def test_bytes(tmp_path: Path) -> None:
    """Most are refused; some are components all the same."""
    figures = await tried("bytes", 160, tmp_path)
    assert figures.outcomes["refused"] > 80
    assert figures.outcomes["ok"] > 0


@LIMIT
async def test_messages(tmp_path: Path) -> None:
    """What arrives is unchanged; what a broker cannot carry is refused."""
    figures = await tried("messages", 800, tmp_path)
    assert figures.outcomes["ok"] > 400
    assert figures.outcomes["rejected"] > 50


@LIMIT
async def test_configurations(tmp_path: Path) -> None:
    """They are read or refused."""
    figures = await tried("configurations", 1500, tmp_path)
    assert figures.outcomes["refused"] > 1000
    assert figures.outcomes["ok"] > 50


@LIMIT
@pytest.mark.parametrize("kind", ["components", "bytes", "messages", "configurations"])
async def test_an_input_that_is_kept_can_be_had_again(kind: str, tmp_path: Path) -> None:
    """What came of it alone comes of its file."""
    with campaign.orders(SEED) as order:
        one = Overseer(replace(order, kind=kind, first=2, count=1), tmp_path, lambda _: None)
        await one.run()
        one.problem(2, "only to see it kept")
        (problem,) = one.figures.problems
        assert problem.file is not None
        assert problem.replay is not None
        assert problem.file in problem.replay
        again = await replay(order, Path(problem.file), tmp_path)
    assert again.kind == kind
    assert again.outcomes == one.figures.outcomes
    assert again.outcomes.total() > 0
    assert not again.problems


def test_an_order_survives_the_command_line() -> None:
    """It is JSON there."""
    order = Order("bytes", 1, "good", ["a"], {"nats": {"url": "nats://x"}}, count=3)
    assert Order(**json.loads(order.as_text())) == order
