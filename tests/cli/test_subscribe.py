"""``subscribe``: for people, for programs, and how it ends."""

from __future__ import annotations

import json
import re
import signal
import subprocess

from shell import COMMAND, Shell


def test_lines_for_people(shell: Shell) -> None:
    """Time, topic, content type, metadata, body."""
    process = shell.start("subscribe", "alerts.>", ready="listening on alerts.>: ")
    shell.ok("publish", "alerts.frost", "-2.1", "--content-type", "text/plain", "-m", "at=Seattle")
    assert process.stdout is not None
    line = process.stdout.readline()
    assert re.fullmatch(
        r"\d\d:\d\d:\d\d\.\d{3}  alerts\.frost  text/plain  at=Seattle  -2\.1\n", line
    )
    status, output, errors = shell.interrupt(process)
    assert (status, output, errors) == (0, "", "")


def test_a_count(shell: Shell) -> None:
    """It ends by itself, and takes no more than it shows."""
    shell.ok("publish", "a", "--jsonl", "-", text='{"data": "x"}\n' * 5)
    group = ("--group", "g", "--start", "all", "--json")
    assert len(shell.ok("subscribe", "a", "--count", "2", *group).splitlines()) == 2
    rest = shell.ok("subscribe", "a", "--timeout", "2s", *group, "--count", "3")
    assert len(rest.splitlines()) == 3


def test_a_count_that_is_not_reached(shell: Shell) -> None:
    """The timeout decides, with status 1."""
    shell.ok("publish", "a", "x")
    arguments = ("a", "--start", "all", "--count", "2", "--timeout", "500ms", "-q", "--json")
    done = shell.run("subscribe", *arguments)
    assert done.returncode == 1
    assert json.loads(done.stdout)["data"] == "x"
    assert done.stderr == "error: 1 of 2 messages on a in 500ms\n"


def test_a_timeout_without_a_count(shell: Shell) -> None:
    """That is its end, with status 0."""
    assert shell.ok("subscribe", "a", "--timeout", "200ms") == ""


def test_interrupted_before_the_count(shell: Shell) -> None:
    """The status says that it was not all."""
    process = shell.start("subscribe", "a", "--count", "2", ready="listening")
    assert shell.interrupt(process)[0] == 130
    process = shell.start("subscribe", "a", "--count", "2", ready="listening")
    assert shell.interrupt(process, signal.SIGTERM)[0] == 143


def test_whoever_reads_the_output_may_leave(shell: Shell) -> None:
    """As in ``subscribe … | head -1``: no error."""
    shell.ok("publish", "a", "--jsonl", "-", text='{"data": "x"}\n' * 2000)
    done = subprocess.run(
        ["sh", "-c", f"{COMMAND} subscribe a --start all --json -q | head -1"],
        cwd=shell.folder,
        env=shell.environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert json.loads(done.stdout)["data"] == "x"
    assert done.stderr == ""


def test_wrong_usage(shell: Shell) -> None:
    """Each with what to write instead."""
    assert "pattern 'a.>.b'" in shell.fails(2, "subscribe", "a.>.b")
    assert 'such as "200ms"' in shell.fails(2, "subscribe", "a", "--timeout", "soon")
    assert "x>=1" in shell.fails(2, "subscribe", "a", "--count", "0")
    shell.write("messaging.toml", '[clients.default]\nurl = "memory:"\n')
    errors = shell.fails(3, "subscribe", "a", "--client", "defualt")
    assert "no client 'defualt'; did you mean \"default\"?" in errors
    assert "stores nothing" in shell.fails(2, "subscribe", "a", "--start", "all")
