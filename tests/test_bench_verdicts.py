"""How promised figures are judged: round by round, against the better program, and not by accident."""

from __future__ import annotations

from typing import Any

import pytest
from measure.ours import C
from parts import latency

CORE = "core NATS"


def turn(*microseconds: int, lost: int = 0, gave_up: bool = False) -> dict[str, Any]:
    """A round of the open loop."""
    return {
        "lost": lost,
        "gave_up": gave_up,
        "late": 0.0,
        "latencies": [[time, 1] for time in microseconds],
    }


def added(**contestants: list[dict[str, Any]]) -> tuple[float | None, str]:
    """The median latency that our host adds, and what is said of it."""
    names = {"plain": "asyncio", "uvloop": "asyncio, uvloop", "ours": C}
    found = {names[who]: rounds for who, rounds in contestants.items()}
    verdict, *_ = latency.figures({"brokers": {CORE: {"1000": found}}})
    return verdict.value, verdict.remark


def test_latency_is_compared_in_the_same_round() -> None:
    """One round that was slow for both would otherwise decide by chance who had it."""
    plain = [turn(100), turn(900), turn(100)]
    ours = [turn(140), turn(930), turn(190)]
    assert added(plain=plain, ours=ours) == (40, "against asyncio")


def test_latency_is_judged_against_the_faster_loop() -> None:
    """Whoever writes it by hand takes the better one."""
    rounds = {"plain": [turn(100)], "uvloop": [turn(80)], "ours": [turn(120)]}
    assert added(**rounds) == (40, "against asyncio, uvloop")


@pytest.mark.parametrize("bad", [turn(10, lost=1), turn(10, gave_up=True)])
def test_a_rate_that_was_not_held_is_not_judged(bad: dict[str, Any]) -> None:
    """Neither for us, nor against a program that lost messages and was fast with the rest."""
    assert added(plain=[turn(100)], ours=[turn(20), bad][::-1]) == (None, "rate not held")
    rounds = {"plain": [turn(100)], "uvloop": [bad], "ours": [turn(120)]}
    assert added(**rounds) == (20, "against asyncio")
    assert added(ours=[turn(1)])[0] is None
