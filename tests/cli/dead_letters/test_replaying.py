"""``replay``: the messages are where they were, and only then the letters are gone."""

from __future__ import annotations

import json
import re

from .office import Office


def test_replay(office: Office) -> None:
    """The message is at its topic as it was."""
    office.post(office.letter("aaaa"), office.letter("bbbb"))
    shown = office.shell.ok("dead-letters", "replay", "a", *office.on)
    assert shown == "replayed 1 dead letter\n"
    [message] = office.received(office.original, 1)
    expected = {"topic": office.original, "data": "21.5", "content_type": "text/plain"}
    assert message == expected | {"metadata": [["k", "1"], ["k", "2"]]}
    assert office.listed() == ["bbbb"]
    elsewhere = f"elsewhere.{office.name}"
    shown = office.ok("replay", "b", "--to", elsewhere, "--json")
    assert json.loads(shown) == {"replayed": 1, "failed": 0, "errors": [], "newer": 0}
    assert len(office.received(elsewhere, 1)) == 1


def test_a_replay_that_is_refused(office: Office) -> None:
    """The letter stays, and the reason is told; the others are replayed."""
    office.post(
        office.letter("aaaa", topic="no..topic"),
        office.letter("bbbb", client="old"),
        office.letter("cccc"),
    )
    done = office.letters("replay", "--all")
    assert (done.status, done.output) == (1, "replayed 1 dead letter\n")
    head, *reasons = done.errors.splitlines()
    assert head == "error: 2 dead letters could not be replayed, and stay:"
    assert sorted(reasons) == [
        "  aaaa: topic 'no..topic': an empty token; dots separate non-empty ones",
        "  bbbb: no client 'old'; the clients are: default; --to-client C names another",
    ]
    done = office.letters("replay", "a", "--trust", "--json")
    assert done.status == 1
    assert json.loads(done.output)["errors"][0]["id"] == "aaaa"
    assert office.listed() == ["aaaa", "bbbb"]
    office.ok("replay", "b", "--to-client", "default")
    assert office.listed() == ["aaaa"]


def test_filters(office: Office) -> None:
    """``--all`` of an outcome, of a component."""
    office.post(
        office.letter("aaaa", outcome="trap"),
        office.letter("bbbb", outcome="timeout"),
        office.letter("cccc", outcome="timeout", component="pager"),
        office.letter("dddd", outcome="deadline"),
    )
    timeouts = ("--all", "--outcome", "timeout")
    office.ok("replay", *timeouts, "--component", "pager")
    assert office.listed() == ["aaaa", "bbbb", "dddd"]
    shown = office.ok("replay", *timeouts, "--outcome", "deadline")
    assert shown == "replayed 2 dead letters\n"
    assert office.listed() == ["aaaa"]


def test_interrupted(office: Office) -> None:
    """Every letter was replayed or is still there."""
    names = [f"{number:012x}" for number in range(20_000)]
    office.post(*(office.letter(name, name.encode()) for name in names))
    watch = office.shell.start(
        *("subscribe", office.original, "--start", "all", "--json", "--count", "1"),
        ready="listening",
    )
    replay = office.shell.start("dead-letters", "replay", "--all", *office.on)
    assert watch.stdout is not None
    assert watch.stdout.readline()
    status, _, errors = office.shell.interrupt(replay)
    assert status == 130
    match = re.fullmatch(
        r"interrupted: replayed ([\d,]+) dead letters by then; the others stay\n", errors
    )
    assert match is not None, errors
    count = int(match[1].replace(",", ""))
    left = office.listed()
    replayed = {item["data"] for item in office.received(office.original, count)}
    assert len(left) == len(names) - count
    assert replayed | set(left) == set(names)
    assert left
