"""How promised figures are judged: round by round, and against the better program."""

from __future__ import annotations

from typing import Any

import pytest
from contests.memory import NOBODY
from measure import cells
from measure.figures import Verdict, paired
from measure.ours import PYTHON, C
from measure.promises import CORE, ECHO, HEADERS, MEMORY
from parts import engines, features, throughput


def cell(*rates: float, lost: int = 0, **times: list[float]) -> dict[str, Any]:
    """What a contestant did under one load."""
    handled = [int(rate) for rate in rates]
    return {"rate": list(rates), "handled": handled, "lost": lost, "duplicates": 0, **times}


def verdicts(load: str, **contestants: dict[str, Any]) -> dict[str, Verdict]:
    """Of our C guest on core NATS, by whom it is compared with."""
    names = {
        "plain": "asyncio",
        "uvloop": "asyncio, uvloop",
        "unconfirmed": "asyncio, unconfirmed",
        "framework": "FastStream",
        "ours": C,
    }
    cells = {names[who]: one for who, one in contestants.items()}
    found = throughput.figures({"brokers": {CORE: {load: cells}}})
    beginning = f"{CORE}, {load}, {C} against "
    return {
        verdict.name.removeprefix(beginning): verdict
        for verdict in found
        if verdict.name.startswith(beginning)
    }


def compared(**contestants: dict[str, Any]) -> list[tuple[float | None, str]]:
    """With programs by hand, and with FastStream."""
    return [(verdict.value, verdict.remark) for verdict in verdicts(ECHO, **contestants).values()]


def test_throughput_is_compared_in_the_same_round() -> None:
    """With the contestant that has the best median, though another was best in one round."""
    by_hand, framework = compared(
        plain=cell(100, 100, 900),
        uvloop=cell(200, 20, 200),
        ours=cell(100, 12, 80),
        framework=cell(10, 1, 10),
    )
    assert by_hand == (0.5, "asyncio, uvloop")
    assert framework == (10, "")


def test_who_loses_messages_is_nobody_to_be_compared_with() -> None:
    """By what it does, or by what it did; nor who was there for a while only."""
    by_hand, framework = compared(
        plain=cell(100, 100),
        uvloop=cell(500, 500, lost=1),
        unconfirmed=cell(900, 900),
        framework=cell(10),
        ours=cell(50, 50),
    )
    assert by_hand == (0.5, "asyncio")
    assert framework == (None, "")


FAILURES = {
    "ours lost 3": cell(90, 90, lost=3),
    "ours was there in 1 of 2 rounds": cell(90),
    "ours was there in 0 of 2 rounds": None,
}


@pytest.mark.parametrize(("words", "ours"), FAILURES.items())
def test_a_host_that_fails_has_not_reached_its_rate(
    words: str, ours: dict[str, Any] | None
) -> None:
    """Whatever that was until then, or with the messages that it did not lose."""
    contestants = {"plain": cell(100, 100)} | ({} if ours is None else {"ours": ours})
    verdict = verdicts(ECHO, **contestants)["the best program written by hand"]
    assert (verdict.word, verdict.failure) == ("not reached", words)
    assert verdict.shown.endswith(words)


def test_who_handled_nothing_in_a_round_was_not_there() -> None:
    """It has a rate of nothing then, and no processor time a message."""
    idle = cell(120_000, 0, 120_000, cpu=[9e-6, 8e-6], cpu_engine=[5e-6, 5e-6])
    alone = cell(600_000, 600_000, 600_000, cpu=[1e-6, 50e-6, 2e-6])
    data = {"brokers": {MEMORY: {ECHO: {C: idle, NOBODY: alone}}}}
    *_, rate, outside = throughput.figures(data)
    assert rate.word == outside.word == "not reached"
    assert outside.rounds == pytest.approx([3, 1])


def test_faststream_is_judged_where_everybody_has_headers_as_well() -> None:
    """It adds some to a plain echo, which the others do not carry."""
    for load in (ECHO, HEADERS):
        verdict = verdicts(load, ours=cell(50), framework=cell(10))["FastStream"]
        assert (verdict.value, verdict.target, verdict.word) == (5, 6, "not reached")
    found = throughput.figures({"brokers": {}})
    targets = [
        {verdict.name.replace(load, ""): verdict.target for verdict in found}
        for load in (f", {ECHO},", f", {HEADERS},")
    ]
    for name in (f"{CORE} {C}", f"{CORE} {PYTHON}", f"JetStream {C}"):
        assert targets[0][f"{name} against FastStream"] == targets[1][f"{name} against FastStream"]
    assert {verdict.word for verdict in found} == {"not measured"}


def test_what_python_takes_is_the_rest_in_each_round() -> None:
    """Of a round's processor time what engine and generator took is no cost of Python; beside it
    is what it would be with the generator.
    """
    both = cell(120_000, 90_000, cpu=[9e-6, 22e-6], cpu_engine=[5e-6, 15e-6])
    alone = cell(600_000, 300_000, cpu=[1e-6, 2e-6])
    data = {"brokers": {MEMORY: {ECHO: {C: both, NOBODY: alone}}}}
    *_, rate, outside = throughput.figures(data)
    assert (rate.value, rate.word) == (105_000, "not reached")
    assert outside.value == pytest.approx(4)
    assert outside.remark == "5.5 µs with the generator"


def test_rounds_are_paired_with_themselves() -> None:
    """One that has no figure is left out, and shifts no other."""
    assert paired(max, [1.0, None, 3.0], [2.0, 9.0, 1.0]) == [2.0, 3.0]
    for other in ([1.0], [None, None]):
        with pytest.raises(LookupError):
            paired(max, [1.0, 2.0], other)
    some: dict[str, Any] = {}
    for handled in (10, 0, 20):
        answer = {"handled": handled, "seconds": 1.0, "rss": 0, "lost": 0, "duplicates": 0}
        cells.add(some, {**answer, "cpu": 1.0})
    assert some["rate"] == [10, 0, 20]
    assert cells.each_round(some, "cpu") == [0.1, None, 0.05]


def test_less_than_a_tick_is_not_nothing() -> None:
    """A server that took less than a hundredth of a second has still done something."""
    one = {"handled": [2_000, 0], "rss": [0], "cpu_broker": [0.0], "cpu_engine": [0.0]}
    assert "| slow | none | < 5 | 0 MiB |" in cells.costs({"slow": one})


def test_one_process_for_everything_is_no_handler() -> None:
    """Of the memory broker; where the generator has its own, the process is the handler's."""
    one = {"handled": [2_000], "rss": [0], "cpu": [1e-6]}
    assert "|  | process, µs | resident |" in cells.costs({"who": one})
    assert "|  | handler, µs |" in cells.costs({"who": {**one, "cpu_generator": [1e-6]}})


def test_engines_are_compared_in_the_same_round() -> None:
    """The engine alone, and as the host uses it."""
    times = {
        engines.RUST_REUSED: {"16": [2e-6, 6e-6, 3e-6]},
        engines.REUSED: {"16": [4e-6, 8e-6, 4e-6]},
        engines.WASMTIME: {"16": [400e-6, 400e-6, 200e-6]},
    }
    found = {verdict.name: verdict for verdict in engines.figures({"seconds_a_message": times})}
    assert found["engine, 16 B, reused"].value == pytest.approx(3)
    against = f"16 B, against {engines.WASMTIME}"
    assert found[f"engine, {against}"].value == pytest.approx(200 / 3)
    assert found[f"engine through Python, {against}"].value == pytest.approx(50)


def test_features_are_compared_round_by_round() -> None:
    """With the host that lacks nothing but the feature; what one side lacks is not judged."""
    times = {
        features.NO_ADMISSION: {"wall": [90.0, 900.0, 80.0]},
        features.PLAIN: {"wall": [100.0, 1_000.0, 100.0]},
        "retry": {"wall": [125.0, 1_000.0, 125.0]},
    }
    verdicts = features.figures({"seconds_a_message": times})
    found = {verdict.name.partition(":")[0]: verdict for verdict in verdicts}
    admission, retry = found.pop("admission, always on"), found.pop("`retry`, unused")
    assert [admission.value, retry.value] == pytest.approx([10, 20])
    assert [admission.word, retry.word] == ["reached", "not reached"]
    assert {verdict.word for verdict in found.values()} == {"not measured"}
