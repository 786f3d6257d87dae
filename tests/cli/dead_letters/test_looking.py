"""``list`` and ``show``, and how letters are named."""

from __future__ import annotations

import json
import re

from wasi_messaging import Message

from .office import STORY, Office


def test_nothing_is_waiting(office: Office) -> None:
    """That is no error."""
    done = office.letters("list")
    assert (done.status, done.output) == (0, "")
    assert done.errors == f"no dead letters on {office.topic} of client default\n"
    assert office.ok("replay", "--all") == "replayed 0 dead letters\n"


def test_list(office: Office) -> None:
    """A line each, the oldest first; what is no letter is said and stays."""
    office.post(
        office.letter("bbbbbbbb2222", last_time="2026-01-02T00:00:01.000Z", outcome="deadline"),
        office.letter("aaaaaaaa1111"),
        Message(b"hello"),
    )
    for _ in range(2):
        done = office.shell.run("dead-letters", "list", *office.on)
        assert done.returncode == 0
        head, rule, first, second = done.stdout.splitlines()
        assert head.split() == [
            *("id", "last", "attempt", "component", "topic", "outcome", "attempts", "size")
        ]
        assert re.fullmatch(f"─{{{len(head)}}}", rule)
        when = r"2026-01-0\d \d\d:00:0\d"
        assert re.fullmatch(
            rf"aaaaaaaa   {when}   alerts      {office.original}   trap +3 +4B", first
        )
        assert re.match(rf"bbbbbbbb   {when}   alerts ", second)
        assert second.split()[-3:] == ["deadline", "3", "4B"]
        assert len(first) == len(second) == len(head)
        assert done.stderr.splitlines() == [
            f"2 dead letters on {office.topic} of client default",
            "and 1 message that is no dead letter; it stays there",
        ]


def test_list_on_a_terminal(office: Office) -> None:
    """What does not fit into a line goes on in the next one, nothing is cut short."""
    topic = f"{office.original}.{'x' * 200}[bold]"
    office.post(office.letter("aaaaaaaa1111", topic=topic))
    status, shown = office.on_a_terminal("", "list")
    assert status == 0
    lines = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in shown.splitlines()]
    assert max(map(len, lines[:-1])) == 120
    first = next(line for line in lines if line.startswith("aaaaaaaa   2026-01-0"))
    assert first.split()[-1] == "4B"
    assert "".join("".join(lines[2:-1]).split()).count("x") == 200
    assert "[bold]" in "".join("".join(lines).split())


def test_a_limit(office: Office) -> None:
    """It says that there are more."""
    office.post(*(office.letter(f"{number:012x}") for number in range(5)))
    done = office.letters("list", "--limit", "3")
    assert len(done.output.splitlines()) == 2 + 3
    assert "3 dead letters on" in done.errors
    assert "more are waiting: --limit N" in done.errors
    assert "more" not in office.letters("list", "--limit", "5").errors
    shown = json.loads(office.ok("list", "--limit", "3", "--json"))
    assert (len(shown["letters"]), shown["more"], shown["others"]) == (3, True, 0)


def test_show(office: Office) -> None:
    """Everything, for people and for programs."""
    office.post(office.letter("aaaaaaaa1111", b"\xff\0"), office.letter("bbbbbbbb2222"))
    lines = office.ok("show", "aa").splitlines()
    assert lines == [
        "aaaaaaaa1111",
        f"  waits on      {office.topic} of client default",
        f"  came from     {office.original} of client default",
        "  component     alerts, group frost",
        "  outcome       trap after 3 attempts",
        "  reason        wasm trap: unreachable [bold]executed",
        "  first failure 2026-01-01T00:00:00.000Z, as far as its host knows",
        "  last attempt  2026-01-02T00:00:00.000Z",
        "  host          attic, wasi-messaging 0.1.0",
        "  content type  text/plain",
        "  metadata      k=1",
        "                k=2",
        "  body          0xff 00 (2 bytes)",
    ]
    shown = office.ok("show", "b", "aaaaaaaa1111", "--json").splitlines()
    by_id = {item["id"]: item for item in map(json.loads, shown)}
    assert by_id["aaaaaaaa1111"]["message"]["data_base64"] == "/wA="
    second = by_id["bbbbbbbb2222"]
    assert second["story"]["reason"] == STORY.reason
    assert (second["client"], second["topic"], second["size"]) == ("default", office.topic, 4)
    message = {"topic": office.original, "data": "21.5", "content_type": "text/plain"}
    assert second["message"] == message | {"metadata": [["k", "1"], ["k", "2"]]}


def test_ids(office: Office) -> None:
    """One that is unknown or means several changes nothing."""
    office.post(*map(office.letter, ("aaaa1111", "aaaa2222", "aaaa")))
    errors = office.fails(2, "discard", "aaaa1", "aaa")
    assert "error: 'aaa' is the beginning of 3 ids: aaaa, aaaa1111, aaaa2222\n" in errors
    errors = office.fails(2, "replay", "aaaa1", "b")
    assert f"error: 'b' is the id of none of the 3 dead letters on {office.topic}" in errors
    assert "none of the 3" in office.fails(2, "show", "")
    assert len(office.listed()) == 3
    assert office.ok("discard", "aaaa", "aaaa2") == "discarded 2 dead letters\n"
    assert office.listed() == ["aaaa1111"]
