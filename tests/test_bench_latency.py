"""How latencies are judged: in the same round, at a rate that was held, of messages enough."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from measure.figures import Verdict
from measure.ours import C
from measure.plots import Plots
from measure.promises import CORE
from parts import latency


def turn(
    *microseconds: int, lost: int = 0, gave_up: bool = False, late: float = 0.0, each: int = 20
) -> dict[str, Any]:
    """A round of the open loop."""
    return {
        "lost": lost,
        "gave_up": gave_up,
        "late": late,
        "latencies": [[time, each] for time in microseconds],
    }


def judged(**contestants: list[dict[str, Any]]) -> Verdict:
    """The median latency that our host adds."""
    names = {"plain": "asyncio", "uvloop": "asyncio, uvloop", "ours": C}
    found = {names[who]: rounds for who, rounds in contestants.items()}
    verdict, *_ = latency.figures({"brokers": {CORE: {"1000": found}}})
    return verdict


def added(**contestants: list[dict[str, Any]]) -> tuple[float | None, str]:
    """The same in short."""
    verdict = judged(**contestants)
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


NOT_HELD = {
    "lost 1": turn(10, lost=1),
    "did not hold the rate": turn(10, gave_up=True, late=0.2),
}


@pytest.mark.parametrize(("words", "bad"), NOT_HELD.items())
def test_who_does_not_hold_the_rate_fails(words: str, bad: dict[str, Any]) -> None:
    """Ours has not reached the target, fast as it is with the rest; nobody is compared with a
    program that did not, and where there is no other, nothing is measured.
    """
    verdict = judged(plain=[turn(100)] * 2, ours=[bad, turn(20)])
    assert (verdict.word, verdict.shown) == ("not reached", f"ours {words}")
    rounds = {"plain": [turn(100)], "uvloop": [bad], "ours": [turn(120)]}
    assert added(**rounds) == (20, "against asyncio")
    verdict = judged(plain=[bad], ours=[turn(1)])
    assert (verdict.word, verdict.shown) == ("not measured", "no program by hand held the rate")
    assert judged(ours=[turn(1)]).word == "not measured"


def test_who_is_not_there_to_the_end_fails() -> None:
    """The rounds in which it was may have been the quiet ones."""
    verdict = judged(plain=[turn(100)] * 3, ours=[turn(20)])
    assert (verdict.word, verdict.shown) == ("not reached", "ours was there in 1 of 3 rounds")
    assert judged(plain=[turn(100)] * 3).word == "not reached"
    rounds = {"plain": [turn(100)] * 3, "uvloop": [turn(1)], "ours": [turn(120)] * 3}
    assert added(**rounds) == (20, "against asyncio")


def test_a_quantile_of_too_few_messages_is_not_judged() -> None:
    """A hundredth of sixty messages is not one."""
    rounds = {"asyncio": [turn(100)] * 3, C: [turn(120)] * 3}
    p50, p99, *_ = latency.figures({"brokers": {CORE: {"1000": rounds}}})
    assert (p50.value, p50.word) == (20, "reached")
    assert (p99.shown, p99.word) == ("too few messages", "not measured")


def test_a_quantile_that_no_round_has_on_its_own_has_no_range(tmp_path: Path) -> None:
    """Nor is it judged: what is judged is the difference in each round."""
    rounds = [turn(100, each=600), turn(100, each=500), turn(140, each=600)]
    data = {"brokers": {CORE: {"1000": {"asyncio": rounds, C: rounds}}}}
    _, p99, *_ = latency.figures(data)
    assert (p99.shown, p99.word) == ("too few messages", "not measured")
    text = latency.page(data, Plots(tmp_path))
    assert f"| 1,000/s, {C} | 100 ± 20 | 140 ± 20 | 140 | too few | 0 |" in text
