"""What parts of the benchmark make of their data: a figure is judged by what it says it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from measure.floods import dropped
from measure.hosts import counted
from measure.plots import Plots
from measure.run import in_turn
from parts import PARTS, burst, flood, growth, resident, soak, starts, workers


def values(part: Any, data: dict[str, Any]) -> list[tuple[float | None, str]]:
    """Value and word of each figure."""
    return [(verdict.value, verdict.word) for verdict in part.figures(data)]


def test_what_hosts_and_workers_count_is_added_up() -> None:
    """Each worker says its own at the end; what it does not say is nothing."""
    log = (
        "[1] info host: component bench: 1,200 handled, 3 retried, 1,200 sent\n"
        "[2] info host: component bench: 34 handled\n"
        "[2] info host: component other: 7 handled\n"
    )
    assert counted(log, "handled") == 1_234
    assert counted(log, "retried") == 3
    assert counted(log, "dead lettered") == 0


def test_what_a_client_dropped_is_the_last_total_and_what_went_as_it_stopped() -> None:
    """The one is said again and again, the other is no total."""
    so_far = "core NATS subscription 'in' is not keeping up: {} messages dropped so far\n"
    at_stop = "{} messages held for 'in', or on their way to it, are dropped as the subscription"
    running = so_far.format(70) + so_far.format(500)
    assert dropped("") == (0, 0)
    assert dropped(running) == (500, 2)
    assert dropped(running + at_stop.format(12)) == (512, 3)
    assert dropped(at_stop.format(12)) == (12, 1)


def memory_of(size: float) -> dict[str, float]:
    """As :mod:`measure.memory` says it, in megabytes."""
    return dict.fromkeys(("resident", "proportional", "private"), size * 1e6)


def test_an_instance_is_the_slope_and_rest_the_larger_one() -> None:
    """What a host has anyway does not count for its instances."""
    data = {
        "rest": {"a": [memory_of(40)], "b": [memory_of(95)]},
        "instances": {
            "C": [
                {
                    "1": {"instances": 1, **memory_of(50.2)},
                    "10": {"instances": 11, **memory_of(52.2)},
                }
            ],
            "Python": [],
        },
        "load": {"C": [60e6]},
    }
    rest, c, python = values(resident, data)
    assert rest == (95, "not reached")
    assert c[0] == pytest.approx(0.2)
    assert python == (None, "not measured")


def sample(at: float, resident: float, latency: float) -> dict[str, float]:
    """One look of the soak."""
    return {
        "at": at,
        "resident": resident,
        "p50": latency,
        "p99": latency,
        "waiting": 0,
        "unsettled": 0,
    }


def soaked(samples: list[dict[str, float]], lost: int) -> dict[str, Any]:
    """What a soak found."""
    end = {"published": 10, "handled": 10 - lost, "dead": 0, "repeated": 0, "lost": lost}
    host = {"handled": 10, "errors": 0, "traps": 0, "retried": 0, "dead lettered": 0}
    return {"maximum": 2.0, "rate": 1.0, "samples": samples, "end": end, "host": host}


def test_the_soak_does_not_judge_its_warm_up() -> None:
    """Memory of the first quarter may grow; a leak of 5 % over the rest is none too small."""
    flat = [sample(at, 50.0 if at < 10 else 100.0, 0.001) for at in range(40)]
    assert values(soak, soaked(flat, 0)) == [
        (0, "reached"),
        (pytest.approx(0), "reached"),
        (1, "reached"),
        (1, "reached"),
    ]
    leak = [sample(at, 100 + at / 6, 0.001 * (1 + at)) for at in range(40)]
    assert [word for _, word in values(soak, soaked(leak, 1))] == ["not reached"] * 4
    assert [word for _, word in values(soak, {})] == ["not measured"] * 4
    slow_tail = [{**one, "p99": 0.001 * (1 + one["at"])} for one in flat]
    assert [word for _, word in values(soak, soaked(slow_tail, 0))][2:] == [
        "reached",
        "not reached",
    ]


def test_a_flood_counts_each_message_once() -> None:
    """What was neither handled nor missed is what nobody knows of; what was both counts as well."""
    core = {"messages": 100, "handled": 60, "missed": 40}
    data = {
        "stored": {},
        "core": {flood.CORE: core, flood.CORE_SMALL: {**core, "missed": 39}},
    }
    assert [word for _, word in values(flood, data)][-2:] == ["reached", "not reached"]
    data["core"][flood.CORE] = {**core, "handled": 61}
    assert values(flood, data)[-2] == (1, "not reached")


def flooded(held: float, *, paused: bool) -> list[tuple[float | None, str]]:
    """Of a host that held so many megabytes where it was to hold four."""
    one = {"messages": 100, "lost": 0, "rest": 0, "memory": [20 * 2**20]}
    one |= {"bound": 4 * 2**20, "held": held * 2**20, "paused": paused}
    return values(flood, {"stored": {flood.JETSTREAM: one}, "core": {}})[:3]


def test_a_bound_that_did_not_matter_is_not_judged() -> None:
    """Memory within a bound that nothing came near says nothing; one that was passed without a
    pause was passed.
    """
    assert flooded(1.5, paused=True) == [(0, "reached"), (1.5, "reached"), (20, "reached")]
    nothing = (None, "not measured")
    assert flooded(1.5, paused=False) == [(0, "reached"), nothing, nothing]
    for paused in (True, False):
        assert flooded(5, paused=paused) == [(0, "reached"), (5, "not reached"), (20, "reached")]


def test_a_flood_shows_what_there_is_of_each(tmp_path: Path) -> None:
    """On core NATS nothing is held to a bound."""
    one: dict[str, Any] = {"messages": 2_000, "publishing": 1.0, "rest": 0, "memory": [2**20]}
    stored = {"handling": 2.0, "lost": 0, "twice": 1, "bound": 2**20, "held": 2**19, "paused": True}
    core = dict.fromkeys((*flood.CORE_COUNTS, "slow_consumers"), 0)
    data = {"stored": {"JetStream": one | stored}, "core": {"core NATS": one | core}}
    text = flood.page(data, Plots(tmp_path))
    assert "| 2,000 | 1.00 | 2.00 | 0 | 1 | 1 MiB | 0.5 MiB | yes | 0 MiB | 1 MiB |" in text
    assert "| core NATS | 2,000 | 1.00 | 0 | 0 | 0 | 0 | 0 | 0 MiB | 1 MiB |" in text


def test_the_page_names_the_guest_that_a_host_finds_a_backlog_for() -> None:
    """Echo is the plain one everywhere else."""
    assert [backlog.name for backlog in burst.BACKLOGS][1::2] == [
        "20,000 of 65,536 B for the echo with headers, at most 64 MiB",
        "20,000 of 65,536 B for the slow, at most 1,024 MiB",
    ]


def speeds(rates: dict[str, list[float]]) -> dict[str, list[dict[str, float]]]:
    """As the part has them."""
    return {
        workers: [{"rate": rate, "workers": 1e-3, "server": 1e-4} for rate in those]
        for workers, those in rates.items()
    }


def test_workers_are_compared_round_by_round() -> None:
    """A round that was slow for both says as much as another."""
    rates = {"1": [100.0, 10.0, 100.0], "2": [190.0, 19.0, 150.0]}
    data: dict[str, Any] = {"speeds": speeds(rates), "kill": None}
    assert values(workers, data) == [(1.9, "reached"), (None, "not measured")]
    data["speeds"] = speeds(rates | {"2": [190.0]})
    assert values(workers, data)[0] == (None, "not measured")


def test_a_start_is_as_slow_as_on_the_slower_broker() -> None:
    """The promise holds on both, or it is none."""
    data = {"seconds": {"Python, cached, NATS": [0.5], "Python, cached, embedded": [0.9]}}
    run, *others = values(starts, data)
    assert run == (0.9, "not reached")
    assert {word for _, word in others} == {"not measured"}


def curve(name: str, *costs: float) -> dict[str, dict[str, list[float]]]:
    """A curve whose points cost so many microseconds; the last of them so many as all the rest."""
    points = growth.POINTS[name]
    every = [*costs, *costs[-1:] * (len(points) - len(costs))]
    return {
        str(at): {"wall": [cost * 1e-6], "cpu": [cost * 1e-6]}
        for at, cost in zip(points, every, strict=True)
    }


PAIRS, ONE_TOPIC = "metadata pairs", "patterns, one topic"
LINEAR = (10, 11, 13, 20, 40, 110)
STEEP = (10, 10, 10, 11, 19, 110)
"""Of metadata pairs: 0 to 100."""


def test_curves_that_grow_say_by_how_much(tmp_path: Path) -> None:
    """By processor time: over the whole curve, and for each one more from end to end."""
    found = {
        "instances": curve("instances", 10, 11),
        PAIRS: curve(PAIRS, *LINEAR),
        ONE_TOPIC: curve(ONE_TOPIC, 10, 20, 10),
        "components, in turn": {"1": curve(ONE_TOPIC, 10)["1"]},
    }
    text = growth.page({"seconds_a_message": found}, Plots(tmp_path))
    assert "| 10 | 11 | 10 | 11 | flat |  |" in text
    assert "| 10 | 110 | 10 | 110 | 11 times, 1 µs each | each pair is" in text
    assert "| 10 | 10 | 10 | 10 | 2 times, 0 ns each |  |" in text
    assert "| components, in turn | 1 | 1 | 10 | 10 | 10 | 10 |  | lacks 3, 10, 30, 100 |" in text


def judged(name: str, points: dict[str, dict[str, list[float]]]) -> tuple[str, str]:
    """Of a curve, whether it is what was promised, and what is said of it."""
    found = growth.figures({"seconds_a_message": {name: points}})
    words = {verdict.name: (verdict.word, verdict.shown) for verdict in found}
    mine = words.pop(f"cost a message, {name}: highest against lowest")
    assert set(words.values()) == {("not measured", "")}
    return mine


def test_a_curve_that_grows_is_excused_by_a_cause_alone() -> None:
    """A hump is not flat though both ends are alike; and a cause is one for as much for each."""
    name = "instances"
    assert judged(name, curve(name, 10, 11)) == ("reached", "1.1 times")
    assert judged(name, curve(name, 10, 20, 10)) == ("not reached", "2 times")
    word, shown = judged(PAIRS, curve(PAIRS, *LINEAR))
    assert word == "explained"
    assert shown.startswith("11 times; each pair is")
    word, value = judged(PAIRS, curve(PAIRS, *STEEP))
    assert word == "not reached"
    assert value.startswith("11 times; faster than linearly; each pair is")


def test_a_curve_that_lacks_a_point_is_not_judged() -> None:
    """The point may be the one at which the host failed; a quick run has its own three."""
    whole = curve(ONE_TOPIC, 10)
    assert judged(ONE_TOPIC, whole)[0] == "reached"
    quick = {at: whole[at] for at in ("1", "100", "1000")}
    assert judged(ONE_TOPIC, quick)[0] == "reached"
    lacking = ("not measured", "lacks 1,000")
    assert judged(ONE_TOPIC, {at: whole[at] for at in ("1", "10", "100")}) == lacking
    twice = {at: {"wall": [1e-5] * 2, "cpu": [1e-5] * 2} for at in ("1", "10", "100")}
    assert judged(ONE_TOPIC, {**whole, **twice}) == lacking
    assert judged(ONE_TOPIC, {}) == ("not measured", "")


def test_parts_have_names_and_titles_of_their_own() -> None:
    """Files and headings are made of them."""
    assert len({part.NAME for part in PARTS}) == len(PARTS) == len({part.TITLE for part in PARTS})


def test_each_round_begins_with_another_contestant() -> None:
    """Everybody has a turn in each; two of them come in both orders."""
    orders = [in_turn("abcdefg", turn, 3) for turn in range(3)]
    assert [order[0] for order in orders] == ["a", "c", "e"]
    assert all(sorted(order) == list("abcdefg") for order in orders)
    assert [in_turn("ab", turn, 5) for turn in range(3)] == [["a", "b"], ["b", "a"], ["a", "b"]]
    assert in_turn((), 1, 3) == []
