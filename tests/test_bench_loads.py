"""What the benchmark asks of handlers, and how it reads what comes back."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from contests import all_contests
from measure.handlers import CONTENT_TYPE, PAIRS, headers, transform
from measure.latencies import quantile
from measure.loads import COPIES, ECHO, HANDLERS, HEADERS, LABEL, LOADS, TRANSFORM, Load
from measure.nats_contest import FOREIGN, OF_LANGUAGE
from measure.ours import GUESTS

from wasi_messaging import Message
from wasi_messaging.brokers._nats.headers import encode


@pytest.mark.parametrize("name", LOADS)
def test_a_body_has_the_size_and_one_place_for_the_label(name: str) -> None:
    """The generator writes the number of a message there."""
    load = LOADS[name]
    assert len(load.template) == load.size
    assert load.template.count(b"#") == 1
    assert LABEL in load.template


def test_a_load_survives_the_way_to_a_program() -> None:
    """Generators are given it as JSON."""
    load = Load("echo", 256, 1, seconds=0.5, rate=100.0)
    assert Load.from_json(load.as_json()) == load


def test_each_handler_has_its_guests() -> None:
    """Whoever runs components runs those of the same handler."""
    assert set(GUESTS) == set(FOREIGN) == set(COPIES) == set(HANDLERS)
    assert {name: guest.partition("/")[0] for name, guest in FOREIGN.items()} == GUESTS


def test_programs_without_a_guest_send_the_headers_of_our_host() -> None:
    """With the same bytes; and none where the work is another."""
    described = headers(HEADERS) or {}
    lines = "".join(f"{name}: {value}\r\n" for name, value in described.items())
    assert encode(Message(b"", CONTENT_TYPE, PAIRS)) == f"NATS/1.0\r\n{lines}\r\n".encode()
    assert [name for name in HANDLERS if headers(name)] == [HEADERS]


def test_only_variants_have_nothing_but_the_plain_echo() -> None:
    """Everybody else also has the one with headers, or stands in for those who have no JSON."""
    for contest in all_contests().values():
        for contestant in contest.contestants().values():
            assert contestant.handlers in ((ECHO,), (TRANSFORM,)) or HEADERS in contestant.handlers


def test_a_contestant_runs_the_guest_that_its_name_says() -> None:
    """Figures of one language are not shown as those of another."""
    for language, handlers in OF_LANGUAGE.items():
        assert {FOREIGN[handler].partition("/")[2] for handler in handlers} == {language.lower()}
    assert sorted(handler for those in OF_LANGUAGE.values() for handler in those) == sorted(
        HANDLERS
    )


def test_the_transform_keeps_the_label() -> None:
    """Else nothing that comes back would count."""
    changed = transform(LOADS["JSON transform 1 KiB"].template)
    assert LABEL in changed
    event = json.loads(changed)
    assert event["sequence"] == 42
    assert event["total"] == sum(reading["value"] for reading in event["readings"])
    assert "debug" not in event


def test_quantiles() -> None:
    """The least time that the share did not exceed."""
    counts = Counter({100: 98, 200: 1, 900: 1})
    assert [quantile(counts, share) for share in (0.5, 0.98, 0.99, 0.999)] == [100, 100, 200, 900]
    with pytest.raises(LookupError):
        quantile(Counter(), 0.5)
