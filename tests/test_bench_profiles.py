"""Where the time goes: which station a sampled stack counts for, and what the page makes of it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from measure import stations
from measure.plots import Plots
from measure.processors import alone
from measure.profile import OTHER_THREADS, Profile
from measure.promises import CORE, ECHO, JETSTREAM, MEMORY
from measure.sampler import parse
from measure.stations import PLACES, count, unknown
from parts import profiles

LOOP = "thread (7): MainThread;<module> (host.py:27);run (asyncio/runners.py:190);Handle._run"
TURN = f"{LOOP} (asyncio/events.py:80);_turn_for_a_while (wasi_messaging/dispatch.py"
MADE = "__init__ (<string>:3)"

STACKS = f"""\
{LOOP} (asyncio/events.py:80) 1
{LOOP} (asyncio/events.py:80);select (selectors.py:468);<lambda> (<string>:1) 2
{LOOP} (asyncio/events.py:80);nobody (somewhere/else.py:1) 3
{LOOP} (asyncio/events.py:80);parse (nats/protocol/parser.py:9);wait (contextlib.py:5) 4
{LOOP} (asyncio/events.py:80);_take_whole (wasi_messaging/brokers/_nats/parser.py:5) 5
{LOOP} (asyncio/events.py:80);publish (wasi_messaging/brokers/_nats/core.py:5) 6
{TURN}:{{turn}}) 7
{TURN}:{{turn}});turn (inside.py:{{inside}}) 8
{TURN}:{{turn}});turn (inside.py:1) 9
{TURN}:1);_send (wasi_messaging/operations.py:98);_message (wasi_messaging/message.py:9);{MADE} 10
{TURN}:1);finished (wasi_messaging/delivery/deliveries.py:164) 11
{TURN}:1);send (wasi_messaging/brokers/_nats/client.py:2);write (asyncio/selector_events.py:5) 12
{TURN}:1);succeed (wasi_messaging/handling.py:5) 13
{LOOP} (asyncio/events.py:80);consume (faststream/nats/broker.py:5);loads (json/decoder.py:5) 14
{LOOP} (asyncio/events.py:80);echo (contests/core_nats.py:5) 15
{LOOP} (asyncio/events.py:80);_receive (generator.py:5) 16
thread (8): asyncio_0;_worker (concurrent/futures/thread.py:81) 1000
"""


def line_of(file: Path, text: str) -> int:
    """The one line with a text."""
    [number] = [at for at, line in enumerate(file.read_text().splitlines(), 1) if text in line]
    return number


@pytest.fixture
def stacks(root: Path) -> str:
    """As py-spy writes them, with the lines that call the engine."""
    turn = line_of(root / "src" / "wasi_messaging" / "dispatch.py", "._engine.turn(")
    inside = line_of(root / "benches" / "programs" / "inside.py", "self._turn(")
    return STACKS.format(turn=turn, inside=inside)


def test_each_stack_counts_for_one_station(stacks: str) -> None:
    """The innermost that is known; nothing is dropped but other threads."""
    counts = count(parse(stacks, 7))
    assert counts == {
        stations.LOOP: 1 + 2 + 12,
        stations.CLIENT: 4 + 5,
        stations.ADAPTER: 6,
        stations.DELIVERY: 11,
        stations.TURN: 13,
        stations.ENGINE: 7 + 8,
        stations.SENDS: 10,
        stations.FRAMEWORK: 14,
        stations.HANDLER: 15,
        stations.GENERATOR: 16,
        stations.CLOCK: 9,
        stations.OTHER: 3,
    }
    assert unknown(parse(stacks, 7), 5) == {"nobody (somewhere/else.py:1)": 3}


def test_every_place_is_there(root: Path) -> None:
    """Else a file that was renamed would silently count for its caller."""
    folders = (root / "src", root / "benches", root / "benches" / "programs")
    ours = [place.path for place in PLACES if place.path.startswith("wasi_messaging/")]
    ours += ["contests/", "measure/", "generator.py", "inside.py"]
    assert [path for path in ours if not any((it / path).exists() for it in folders)] == []


def test_processors_are_given_back() -> None:
    """Whoever is measured next may use all of them again."""
    before = os.sched_getaffinity(0)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        with alone(child.pid, ()):
            meanwhile = os.sched_getaffinity(child.pid), os.sched_getaffinity(0)
        after = os.sched_getaffinity(child.pid), os.sched_getaffinity(0)
        child.communicate(b"\n")
    assert meanwhile == (before, before) if len(before) == 1 else not set.intersection(*meanwhile)
    assert after == (before, before)


def cell(total: float, engine: int, rate: float, **more: Any) -> dict[str, Any]:
    """Of a contestant that takes so many microseconds, so many hundredths of them in one place."""
    return {
        "rate": [rate] * 3,
        "handled": [1_000] * 3,
        "cpu": [total / 1e6] * 3,
        "cpu_main": [total / 1e6] * 3,
        "stations": {stations.LOOP: 10_000 - 100 * engine, stations.ENGINE: 100 * engine},
        **more,
    }


def test_costs_add_up_to_the_process() -> None:
    """With what other threads take."""
    main = [8e-6] * 3
    profile = Profile(cell(10, 25, 50_000, cpu_main=main))
    values = {station: cost.value for station, cost in profile.costs.items()}
    assert values == pytest.approx({stations.LOOP: 6, stations.ENGINE: 2, OTHER_THREADS: 2})
    assert profile.busy == pytest.approx(0.5)
    assert Profile({"rate": [1.0], "cpu": [1e-6]}).costs == {}
    idle = {"rate": [10.0, 0.0, 30.0], "handled": [1, 0, 3], "cpu": [0.01, 0.02]}
    assert Profile(idle).busy == pytest.approx((0.1 + 0.6) / 2)


def test_the_page_says_what_a_difference_is_made_of(tmp_path: Path) -> None:
    """As far as the samples bear it out, and without a word on what is promised."""
    other = {"cpu_broker": [4e-6] * 3, "cpu_generator": [1e-6] * 3}
    alone = {"cpu_engine": [6e-6] * 3, "unknown": {"nobody (somewhere/else.py:1)": 3}}
    unsampled = {"rate": [1_000.0], "handled": [1_000], "cpu": [1e-4]}
    data = {
        "brokers": {
            JETSTREAM: {
                ECHO: {
                    "ours, C": cell(20, 50, 25_000, **other, meanwhile={"rate": [24_000.0]}),
                    "asyncio": cell(10, 0, 50_000, **other),
                }
            },
            CORE: {
                ECHO: {
                    "ours, C": cell(10, 50, 50_000),
                    "asyncio": cell(10, 0, 90_000),
                    "FastStream": unsampled,
                }
            },
            MEMORY: {ECHO: {"ours, C": cell(20, 25, 50_000, **alone)}},
        }
    }
    text = profiles.page(data, Plots(tmp_path))
    assert "| engine, guest and conversion | 10.0 · 50% |  |" in text
    assert "C beside asyncio**: A message takes 20 µs of the host (10 there), 4 µs of the" in text
    assert "the host computes 50% of the time (50%). Of the host's +10.0 µs: more is" in text
    assert "taken by engine, guest and conversion (+10.0); what else" in text
    assert "C beside FastStream**: A message takes 10 µs of the host (100 there); the host" in text
    assert "memory, echo 256 B, ours, C**: One process does everything; a message takes 20" in text
    assert "By the samples: event loop and sockets (15.0), engine, guest and" in text
    assert "Other: `nobody (somewhere/else.py:1)`." in text
    assert "| messages/s while sampled | 96% |  |" in text
    told = text.partition("### What the differences are made of")[2]
    assert told
    assert not any(word in told for word in ("promised", "reached"))
    assert (tmp_path / "profiles.svg").exists()
    assert profiles.page({"brokers": {}}, Plots(tmp_path))
    assert profiles.figures(data) == []


def test_the_method_names_who_is_sampled() -> None:
    """And nobody else."""
    assert "* core NATS, JSON transform 1 KiB: *ours, Python*, *FastStream*\n" in profiles.METHOD
    assert "* memory, echo 256 B: *ours, C*\n" in profiles.METHOD
    assert profiles.METHOD.count("\n* ") == len({key[:2] for key in profiles.PROFILED})
