"""``dead-letters``: what is waiting, and what becomes of it."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import pytest

from shell import COMMAND, SECONDS, Shell
from wasi_messaging import Message
from wasi_messaging.cli.dead_letters import command
from wasi_messaging.cli.records import write_record
from wasi_messaging.delivery.letters import Story, write
from wasi_messaging.testing.servers import NatsServer

TOPIC = "dead-letter.alerts"
ON = ("--topic", TOPIC, "--wait", "500ms")
STORY = Story(
    dead_letter="",
    client="default",
    topic="sensors.attic",
    component="alerts",
    group="frost",
    attempts=3,
    outcome="trap",
    reason="wasm trap: unreachable [bold]executed",
    first_time="2026-01-01T00:00:00.000Z",
    last_time="2026-01-02T00:00:00.000Z",
    host="attic",
    version="0.1.0",
)
CONFIG = """
[components.alerts]
path = "not-built-yet.wasm"
subscriptions = [
  {{ topic = "sensors.>", dead_letter = {{ topic = "dead-letter.alerts" }} }},
  {{ topic = "more.>", dead_letter = {{ topic = "dead-letter.alerts" }} }},
  {{ topic = "plain" }},
]
[components.pager]
path = "nor-this.wasm"
subscriptions = [{{ topic = "alerts.>", dead_letter = {{ topic = "{}" }} }}]
"""


def letter(name: str, data: bytes = b"21.5", **story: Any) -> Message:
    """A dead letter as the host writes it."""
    message = Message(data, "text/plain", (("k", "1"), ("k", "2")))
    return write(message, replace(STORY, dead_letter=name, **story))


def post(shell: Shell, *letters: Message, topic: str = TOPIC) -> None:
    """Publish letters."""
    lines = (write_record(replace_topic(message, topic)) for message in letters)
    shell.ok("publish", "--jsonl", "-", "-q", text="\n".join(lines) + "\n")


def replace_topic(message: Message, topic: str) -> Message:
    """The message on a topic."""
    return Message(message.data, message.content_type, message.metadata, topic)


def listed(shell: Shell, *arguments: str) -> list[str]:
    """The ids that are waiting."""
    shown = shell.ok("dead-letters", "list", *(arguments or ON), "--json", "--limit", "100000")
    return [item["id"] for item in json.loads(shown)["letters"]]


def received(shell: Shell, topic: str, count: int) -> list[dict[str, Any]]:
    """The messages that a topic holds."""
    wanted = ("--count", str(count), "--timeout", "10s") if count else ("--timeout", "500ms")
    shown = shell.ok("subscribe", topic, "--start", "all", "--json", "-q", *wanted)
    return [json.loads(line) for line in shown.splitlines()]


def test_nothing_is_waiting(shell: Shell) -> None:
    """That is no error."""
    done = shell.run("dead-letters", "list", *ON)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "no dead letters on dead-letter.alerts of client default\n"
    assert shell.ok("dead-letters", "replay", "--all", *ON) == "replayed 0 dead letters\n"


def test_list(shell: Shell) -> None:
    """A line each, the oldest first; what is no letter is said and stays."""
    post(
        shell,
        letter("bbbbbbbb2222", last_time="2026-01-02T00:00:01.000Z", outcome="deadline"),
        letter("aaaaaaaa1111"),
        Message(b"hello"),
    )
    for _ in range(2):
        done = shell.run("dead-letters", "list", *ON)
        assert done.returncode == 0
        head, _, first, second = done.stdout.splitlines()
        assert head.split() == [
            *("id", "last", "attempt", "component", "topic", "outcome", "attempts", "size")
        ]
        assert re.match(r"aaaaaaaa   2026-01-0\d \d\d:00:00   alerts +sensors.attic +trap", first)
        assert second.startswith("bbbbbbbb   2026-01-0")
        assert second.split()[-3:] == ["deadline", "3", "4B"]
        assert done.stderr.splitlines() == [
            "2 dead letters on dead-letter.alerts of client default",
            "and 1 message that is no dead letter; it stays there",
        ]


def test_a_limit(shell: Shell) -> None:
    """It says that there are more."""
    post(shell, *(letter(f"{number:012x}") for number in range(5)))
    done = shell.run("dead-letters", "list", *ON, "--limit", "3")
    assert len(done.stdout.splitlines()) == 2 + 3
    assert "3 dead letters on" in done.stderr
    assert "more are waiting: --limit N" in done.stderr
    assert "more" not in shell.run("dead-letters", "list", *ON, "--limit", "5").stderr
    shown = json.loads(shell.ok("dead-letters", "list", *ON, "--limit", "3", "--json"))
    assert (len(shown["letters"]), shown["more"], shown["others"]) == (3, True, 0)


def test_show(shell: Shell) -> None:
    """Everything, for people and for programs."""
    post(shell, letter("aaaaaaaa1111", b"\xff\0"), letter("bbbbbbbb2222"))
    lines = shell.ok("dead-letters", "show", "aa", *ON).splitlines()
    assert lines == [
        "aaaaaaaa1111",
        "  waits on      dead-letter.alerts of client default",
        "  came from     sensors.attic of client default",
        "  component     alerts, group frost",
        "  outcome       trap after 3 attempts",
        "  reason        wasm trap: unreachable [bold]executed",
        "  first seen    2026-01-01T00:00:00.000Z",
        "  last attempt  2026-01-02T00:00:00.000Z",
        "  host          attic, wasi-messaging 0.1.0",
        "  content type  text/plain",
        "  metadata      k=1",
        "                k=2",
        "  body          0xff 00 (2 bytes)",
    ]
    shown = shell.ok("dead-letters", "show", "b", "aaaaaaaa1111", *ON, "--json").splitlines()
    by_id = {item["id"]: item for item in map(json.loads, shown)}
    assert by_id["aaaaaaaa1111"]["message"]["data_base64"] == "/wA="
    second = by_id["bbbbbbbb2222"]
    assert second["story"]["reason"] == STORY.reason
    assert (second["client"], second["topic"], second["size"]) == ("default", TOPIC, 4)
    message = {"topic": "sensors.attic", "data": "21.5", "content_type": "text/plain"}
    assert second["message"] == message | {"metadata": [["k", "1"], ["k", "2"]]}


def test_ids(shell: Shell) -> None:
    """One that is unknown or means several changes nothing."""
    post(shell, letter("aaaa1111"), letter("aaaa2222"), letter("aaaa"))
    errors = shell.fails(2, "dead-letters", "discard", "aaaa1", "aaa", *ON)
    assert "error: 'aaa' is the beginning of 3 ids: aaaa, aaaa1111, aaaa2222\n" in errors
    errors = shell.fails(2, "dead-letters", "replay", "aaaa1", "b", *ON)
    assert "error: 'b' is the id of none of the 3 dead letters on dead-letter.alerts" in errors
    assert "none of the 3" in shell.fails(2, "dead-letters", "show", "", *ON)
    assert len(listed(shell)) == 3
    shown = shell.ok("dead-letters", "discard", "aaaa", "aaaa2", *ON)
    assert shown == "discarded 2 dead letters\n"
    assert listed(shell) == ["aaaa1111"]


def test_replay(shell: Shell) -> None:
    """The message is at its topic as it was, and only then the letter is gone."""
    post(shell, letter("aaaa"), letter("bbbb"))
    assert shell.ok("dead-letters", "replay", "a", *ON) == "replayed 1 dead letter\n"
    [message] = received(shell, "sensors.attic", 1)
    expected = {"topic": "sensors.attic", "data": "21.5", "content_type": "text/plain"}
    assert message == expected | {"metadata": [["k", "1"], ["k", "2"]]}
    assert listed(shell) == ["bbbb"]
    shown = shell.ok("dead-letters", "replay", "b", *ON, "--to", "elsewhere", "--json")
    assert json.loads(shown) == {"replayed": 1, "failed": 0, "errors": []}
    assert len(received(shell, "elsewhere", 1)) == 1


def test_a_replay_that_is_refused(shell: Shell) -> None:
    """The letter stays, and the reason is told; the others are replayed."""
    post(shell, letter("aaaa", topic="no..topic"), letter("bbbb", client="old"), letter("cccc"))
    done = shell.run("dead-letters", "replay", "--all", *ON)
    assert (done.returncode, done.stdout) == (1, "replayed 1 dead letter\n")
    head, *reasons = done.stderr.splitlines()
    assert head == "error: 2 dead letters could not be replayed, and stay:"
    assert sorted(reasons) == [
        "  aaaa: topic 'no..topic': an empty token; dots separate non-empty ones",
        "  bbbb: no client 'old'; the clients are: default; --to-client C names another",
    ]
    done = shell.run("dead-letters", "replay", "a", *ON, "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["errors"][0]["id"] == "aaaa"
    assert listed(shell) == ["aaaa", "bbbb"]
    shell.ok("dead-letters", "replay", "b", *ON, "--to-client", "default")
    assert listed(shell) == ["aaaa"]


def test_filters(shell: Shell) -> None:
    """``--all`` of an outcome, of a component."""
    post(
        shell,
        letter("aaaa", outcome="trap"),
        letter("bbbb", outcome="timeout"),
        letter("cccc", outcome="timeout", component="pager"),
        letter("dddd", outcome="deadline"),
    )
    timeouts = ("--all", "--outcome", "timeout")
    shell.ok("dead-letters", "replay", *timeouts, "--component", "pager", *ON)
    assert listed(shell) == ["aaaa", "bbbb", "dddd"]
    shown = shell.ok("dead-letters", "replay", *timeouts, "--outcome", "deadline", *ON)
    assert shown == "replayed 2 dead letters\n"
    assert listed(shell) == ["aaaa"]


def test_letters_written_meanwhile_are_left(shell: Shell) -> None:
    """What is replayed and fails again is for next time; otherwise there would be no end."""
    post(shell, letter("aaaa"), letter("bbbb", last_time="2999-01-01T00:00:00.000Z"))
    assert shell.ok("dead-letters", "replay", "--all", *ON) == "replayed 1 dead letter\n"
    assert listed(shell) == ["bbbb"]


def test_discard(shell: Shell) -> None:
    """``--all`` needs a yes, from the command line or a terminal."""
    post(shell, letter("aaaa"), letter("bbbb"))
    assert "add --yes" in shell.fails(2, "dead-letters", "discard", "--all", *ON)
    status, shown = on_a_terminal(shell, "n\n", "dead-letters", "discard", "--all", *ON)
    assert status == 1
    assert "Discard every dead letter on dead-letter.alerts, for good? [y/N]" in shown
    assert "nothing was discarded" in shown
    assert listed(shell) == ["aaaa", "bbbb"]
    status, shown = on_a_terminal(shell, "y\n", "dead-letters", "discard", "--all", *ON)
    assert (status, listed(shell)) == (0, [])
    assert "discarded 2 dead letters" in shown
    post(shell, letter("cccc"))
    shown = shell.ok("dead-letters", "discard", "--all", "--yes", *ON, "--json")
    assert json.loads(shown) == {"discarded": 1, "failed": 0, "errors": []}


def on_a_terminal(shell: Shell, answer: str, *arguments: str) -> tuple[int, str]:
    """Run a command on a terminal of its own; its status and what is shown there."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [COMMAND, *arguments],
        cwd=shell.folder,
        env=shell.environment,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    os.write(ours, answer.encode())
    shown = b""
    try:
        while data := os.read(ours, 4096):
            shown += data
    except OSError:  # how Linux says that the other end is closed
        pass
    finally:
        os.close(ours)
    return process.wait(SECONDS), shown.decode()


def test_the_topics_of_a_configuration(shell: Shell) -> None:
    """Without ``--topic``; the files of the components need not be there."""
    shell.write("messaging.toml", CONFIG.format("dead-letter.pager"))
    post(shell, letter("aaaa"))
    post(shell, letter("bbbb"), topic="dead-letter.pager")
    done = shell.run("dead-letters", "list")
    assert "waits on" in done.stdout
    assert "dead-letter.pager of client default" in done.stdout
    assert done.stderr == (
        "2 dead letters on dead-letter.alerts of client default, "
        "dead-letter.pager of client default\n"
    )
    assert listed(shell, "--topic", "*.pager") == ["bbbb"]
    shell.ok("dead-letters", "replay", "a", "b")
    assert listed(shell, "--client", "default") == []


def test_no_topic_to_look_at(shell: Shell) -> None:
    """Each time with what to do."""
    assert "no messaging.toml here" in shell.fails(3, "dead-letters", "list")
    errors = shell.fails(2, "dead-letters", "list", "--topic", "dead-letter.>")
    assert "matches no dead-letter topic of the configuration" in errors
    assert "'a..b'" in shell.fails(2, "dead-letters", "list", "--topic", "a..b")
    errors = shell.fails(3, "dead-letters", "list", *ON, "--client", "defualt")
    assert "no client 'defualt'; did you mean \"default\"?" in errors
    shell.write("messaging.toml", CONFIG.format(""))
    errors = shell.fails(3, "dead-letters", "list")
    assert "messaging.toml:11: components.pager.subscriptions[0].dead_letter.topic" in errors
    shell.write("messaging.toml", "[components.a]\npath = 'a.wasm'\nsubscriptions = []\n")
    errors = shell.fails(3, "dead-letters", "list")
    assert 'dead_letter = { topic = "dead-letter.NAME" }' in errors


def test_wrong_usage(shell: Shell) -> None:
    """Ids or all of them, and filters only with all."""
    assert "which letters?" in shell.fails(2, "dead-letters", "replay")
    assert "not both" in shell.fails(2, "dead-letters", "discard", "a", "--all")
    assert "go with --all" in shell.fails(2, "dead-letters", "replay", "a", "--outcome", "trap")
    assert "'trapp'" in shell.fails(2, "dead-letters", "replay", "--all", "--outcome", "trapp")


def test_a_client_that_keeps_nothing(shell: Shell) -> None:
    """Core NATS is refused in words."""
    with NatsServer(jetstream=False) as server:
        shell.write("messaging.toml", f'[clients.default]\nurl = "{server.url}"\n')
        errors = shell.fails(5, "dead-letters", "list", *ON)
    assert "keeps no message until it is acknowledged" in errors


def test_interrupted(shell: Shell) -> None:
    """Every letter was replayed or is still there."""
    names = [f"{number:012x}" for number in range(20_000)]
    post(shell, *(letter(name, name.encode()) for name in names))
    watch = shell.start(
        *("subscribe", "sensors.attic", "--start", "all", "--json", "--count", "1"),
        ready="listening",
    )
    replay = shell.start("dead-letters", "replay", "--all", *ON)
    assert watch.stdout is not None
    assert watch.stdout.readline()
    status, _, errors = shell.interrupt(replay)
    assert status == 130
    match = re.fullmatch(
        r"interrupted: replayed ([\d,]+) dead letters by then; the others stay\n", errors
    )
    assert match is not None, errors
    count = int(match[1].replace(",", ""))
    left = listed(shell)
    replayed = {item["data"] for item in received(shell, "sensors.attic", count)}
    assert len(left) == len(names) - count
    assert replayed | set(left) == set(names)
    assert left


@pytest.mark.parametrize("name", command.commands)
def test_every_subcommand_teaches(name: str, root: Path) -> None:
    """Examples in the help, options in docs/cli.md."""
    sub = command.commands[name]
    examples = (sub.help or "").split("Examples:\n", 1)[1].split("\n\n")[0]
    assert f"wasi-messaging dead-letters {name} " in examples
    shown = sub.get_help(click.Context(sub, info_name=name))
    assert all(line.strip() in shown for line in examples.splitlines())
    page = root.joinpath("docs/cli.md").read_text()
    options: Iterable[str] = (
        parameter.opts[0] for parameter in sub.params if isinstance(parameter, click.Option)
    )
    assert all(f"`{option}" in page for option in options)
