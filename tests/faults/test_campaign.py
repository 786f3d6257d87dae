"""Short campaigns; ``make test-faults KILLS=1000`` runs long ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from . import plan
from .audit import Ledger, judge
from .plan import KILLS, Kind
from .report import Report
from .run import Settings, run
from .work import SHARES, Work

KILLS_EACH = 8
LIMIT = pytest.mark.timeout(120)


async def campaign(settings: Settings, folder: Path) -> Report:
    """Run one; nothing may have gone wrong."""
    report = await run(settings, folder, print)
    print(report.as_table())
    assert not report.problems, f"logs are in {folder}"
    assert report.confirmed > 100
    assert report.lost == 0
    return report


@LIMIT
async def test_nothing_is_lost(tmp_path: Path) -> None:
    """Sends at once: every message has its effect at least once."""
    report = await campaign(Settings(seed=11, kills=KILLS_EACH), tmp_path)
    assert report.dead_lettered > 0


@LIMIT
async def test_nothing_is_lost_or_comes_twice(tmp_path: Path) -> None:
    """Sends on success: exactly once, both messages of each, and none of a handling that failed."""
    settings = Settings(seed=12, kills=KILLS_EACH, exactly_once=True)
    report = await campaign(settings, tmp_path)
    assert report.duplicates == report.leaked == 0
    assert report.dead_lettered > 0


@LIMIT
async def test_the_embedded_broker_loses_nothing_and_nothing_comes_twice(tmp_path: Path) -> None:
    """The same with hosts that share the embedded server, which is killed too."""
    settings = Settings(seed=13, kills=KILLS_EACH, embedded=True, exactly_once=True)
    report = await campaign(settings, tmp_path)
    assert report.duplicates == report.leaked == 0


@LIMIT
async def test_a_rolling_restart_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    """Two hosts under a steady load, restarted in turn by SIGTERM."""
    settings = Settings(seed=14, kills=2, rolling=True, rate=1000.0)
    report = await campaign(settings, tmp_path)
    assert report.duplicates == 0
    assert report.hits == {Kind.TERM_HOST.value: 4}


def test_the_audit_sees_what_is_wrong() -> None:
    """What is missing, what came twice, and what should not have come."""
    work = Work(seed=1, copies=2)
    numbers = {kind: next(n for n in range(500) if work.task(n).kind == kind) for kind in SHARES}
    good, doomed, late = numbers["s"], numbers["f"], numbers["l"]
    ledger = Ledger()
    ledger.out.update([(good, 0), (good, 1), (good, 1), (doomed, 0), (late, 1)])
    verdict = judge(work, numbers.values(), ledger, exactly_once=True)
    assert verdict.handled == 1
    assert verdict.duplicates == [good]
    assert verdict.leaked == [doomed]
    assert verdict.lost == sorted(set(numbers.values()) - {good})
    ledger.dead.update([doomed, late])
    verdict = judge(work, numbers.values(), ledger, exactly_once=True)
    assert verdict.doomed == 1
    assert verdict.exhausted == verdict.both == [late]
    assert verdict.lost == sorted(set(numbers.values()) - {good, doomed, late})


def test_the_same_seed_gives_the_same_plan() -> None:
    """A campaign that found something can be had again."""
    first = plan.draw(5, 50, hosts=2)
    assert first == plan.draw(5, 50, hosts=2)
    assert first != plan.draw(6, 50, hosts=2)
    assert sum(hit.kind in KILLS for hit in first) == 50
    assert {hit.kind for hit in plan.draw(5, 200, hosts=2)} == set(Kind)
