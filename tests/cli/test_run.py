"""``run``: from start to the stages of stopping."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path

import pytest

import commands
import shapes
from shell import Shell
from wasi_messaging import _engine

CONFIG = """
drain = "{drain}"
[components.echo]
path = "guest.wasm"
deadline = "1h"
subscriptions = [{{ topic = "in.>" }}]
permissions.default.send = ["out"]
"""


@pytest.fixture
def echo(shell: Shell, root: Path) -> None:
    """A configuration with a component that sends a copy of everything to ``out``."""
    configure(shell, root.joinpath("guests/echo/guest.wat").read_text())


def configure(shell: Shell, guest: str, drain: str = "30s") -> None:
    """Write ``messaging.toml`` with one component."""
    shell.write("guest.wasm", _engine.parse_text(guest))
    shell.write("messaging.toml", CONFIG.format(drain=drain))


def received(shell: Shell, count: int) -> list[str]:
    """The bodies on ``out``."""
    arguments = ("--start", "all", "-n", str(count), "--timeout", "20s", "--json", "-q")
    return [
        json.loads(line)["data"] for line in shell.ok("subscribe", "out", *arguments).splitlines()
    ]


@pytest.mark.usefixtures("echo")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_from_start_to_stop(shell: Shell, number: int) -> None:
    """Messages are handled until a signal ends it, cleanly."""
    process = shell.start("run", ready="running 1 component")
    shell.ok("publish", "in.1", "one")
    shell.ok("publish", "in.2", "two")
    assert received(shell, 2) == ["one", "two"]
    status, output, errors = shell.interrupt(process, number)
    assert (status, output) == (0, "")
    assert errors.endswith("info run: stopped\n")


@pytest.mark.usefixtures("echo")
def test_the_log_as_json(shell: Shell) -> None:
    """Every line is an object, from the first to the last."""
    process = shell.start("run", "--json", ready="attached to in.>")
    status, _, errors = shell.interrupt(process)
    assert status == 0
    lines = [json.loads(line) for line in errors.splitlines()]
    assert {"time", "level", "logger", "message"} == set(lines[0])
    assert lines[-1]["message"] == "stopped"


def test_unfinished_messages_are_handed_back(shell: Shell, root: Path) -> None:
    """What does not finish within the drain is there for the next run."""
    # A server that restarts forgets who handed back what: it comes again after ack_wait, not at
    # once. This keeps it up.
    shell.start("subscribe", "unused", ready="listening")
    configure(shell, commands.SPINNER, drain="300ms")
    process = shell.start("run", ready="running 1 component")
    shell.ok("publish", "in.1", "one")
    time.sleep(0.5)
    status, _, errors = shell.interrupt(process)
    assert status == 0
    assert "handing back 1 unfinished message" in errors
    configure(shell, root.joinpath("guests/echo/guest.wat").read_text())
    process = shell.start("run", ready="running 1 component")
    assert received(shell, 1) == ["one"]
    assert shell.interrupt(process)[0] == 0


def test_a_second_signal_does_not_wait(shell: Shell) -> None:
    """The drain is cut short."""
    configure(shell, commands.SPINNER, drain="1h")
    process = shell.start("run", ready="running 1 component")
    shell.ok("publish", "in.1", "one")
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    time.sleep(0.5)
    assert process.poll() is None
    status, _, errors = shell.interrupt(process)
    assert status == 0
    assert "SIGINT; again to stop at once" in errors


@pytest.mark.parametrize(
    ("guest", "status", "words"),
    [
        (shapes.component(shapes.types("string"), shapes.handler()), 4, "of 2024-11-07 (55c13e8)"),
        (
            shapes.component(
                shapes.imported("wasi:http/types@0.2.3", '(export "f" (func))'),
                shapes.types(),
                shapes.handler(),
            ),
            4,
            "guest.wasm: it imports wasi:http/types@0.2.3, ",
        ),
        (commands.SENDER, 4, "it exports no wasi:messaging/incoming-handler"),
    ],
)
def test_a_component_that_cannot_run(shell: Shell, guest: str, status: int, words: str) -> None:
    """It is refused before anything is connected."""
    configure(shell, guest)
    assert words in shell.fails(status, "run")
    assert not (shell.folder / ".wasi-messaging").exists()


def test_a_configuration_that_cannot_be_used(shell: Shell) -> None:
    """Not there; with mistakes; with a secret that is not shown."""
    assert "messaging.toml: no such file" in shell.fails(3, "run")
    shell.environment["PASSWORD"] = "hunter22"
    shell.write("messaging.toml", '[clients.a]\nurl = "nats://a:${PASSWORD}@"\ntokn = "hunter22"')
    errors = shell.fails(3, "run")
    assert 'clients.a.tokn: unknown key; did you mean "token"?' in errors
    assert "hunter22" not in errors


def test_an_unreachable_broker(shell: Shell) -> None:
    """The client and the address are named, not the password."""
    shell.write("messaging.toml", '[clients.default]\nurl = "nats://me:hunter22@127.0.0.1:1"\n')
    errors = shell.fails(5, "run")
    assert "client 'default': cannot connect to nats://127.0.0.1:1" in errors
    assert "hunter22" not in errors


@pytest.mark.usefixtures("echo")
def test_stopped_while_it_starts(shell: Shell) -> None:
    """A signal before it runs gives up the start."""
    shell.write(
        "messaging.toml",
        CONFIG.format(drain="1s") + '[clients.default]\nurl = "embedded:"\n'
        '[clients.slow]\nurl = "nats://10.255.255.1:4222"\nconnect_timeout = "30s"\n',
    )
    process = shell.start("run", ready="client default")
    status, _, errors = shell.interrupt(process, signal.SIGTERM)
    assert status == 143
    assert "Traceback" not in errors
