"""``exec``: what a command component may do, and what its end is to the shell."""

from __future__ import annotations

import json

import pytest

import commands
import shapes
from shell import Shell
from wasi_messaging import _engine


@pytest.fixture(autouse=True)
def sender(shell: Shell) -> None:
    """The command that the tests run."""
    shell.write("sender.wasm", _engine.parse_text(commands.SENDER))


def greeting(shell: Shell) -> str:
    """The body of the message that it sent."""
    arguments = ("--start", "all", "-n", "1", "--json", "--timeout", "10s", "-q")
    return str(json.loads(shell.ok("subscribe", "greetings", *arguments))["data"])


@pytest.mark.parametrize("pattern", [">", "greetings"])
def test_allowed_by_an_option(shell: Shell, pattern: str) -> None:
    """It sends what the command line allows, and says nothing of itself."""
    done = shell.run("exec", "--allow-send", pattern, "sender.wasm", "--an-option", "of its own")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert greeting(shell) == "hello"


def test_allowed_by_the_configuration(shell: Shell) -> None:
    """The entry whose path is the file counts, however the file is named; others do not matter."""
    shell.write(
        "messaging.toml",
        '[components.greeter]\npath = "sender.wasm"\npermissions.default.send = ["greetings"]\n'
        '[components.other]\npath = "is not there.wasm"\nenv = { A = "${NOT_SET}" }\n',
    )
    shell.ok("exec", str(shell.folder / "sender.wasm"))
    assert greeting(shell) == "hello"


@pytest.mark.parametrize(
    ("arguments", "status"),
    [((), 1), (("--allow-send", "other.>"), 1), (("--allow-request", ">"), 1)],
)
def test_refused(shell: Shell, arguments: tuple[str, ...], status: int) -> None:
    """Nothing is allowed unless said; a line says how to."""
    errors = shell.fails(status, "exec", *arguments, "sender.wasm")
    assert "sender was refused an operation that it has no permission for" in errors
    assert "--allow-send PATTERN" in errors
    assert '[components.sender] permissions.default.send = ["PATTERN"]' in errors


def test_a_trap(shell: Shell) -> None:
    """Status 1, and where it happened."""
    shell.write("trapper.wasm", _engine.parse_text(commands.TRAPPER))
    errors = shell.fails(1, "exec", "trapper.wasm")
    assert errors.startswith("error: ")
    assert "unreachable" in errors


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "guest.wasm: no such file; build the component, or correct the path"),
        (b"", "guest.wasm is empty"),
        (b"hello", "guest.wasm is a text file, not a WebAssembly component"),
        ("(module)", "guest.wasm is a core WebAssembly module, not a component; make one of it"),
        ("(component)", "guest.wasm: it imports no messaging and exports no handler"),
        (
            shapes.component(shapes.run()),
            "guest.wasm: it imports no messaging and exports no handler: an ordinary command",
        ),
        (
            shapes.component(shapes.types(), shapes.handler()),
            "guest.wasm: it exports no wasi:cli/run@0.2, so it is no command",
        ),
    ],
)
def test_what_is_no_command(shell: Shell, content: bytes | str | None, words: str) -> None:
    """Status 4, and what it is instead."""
    if content is not None:
        binary = content if isinstance(content, bytes) else _engine.parse_text(content)
        shell.write("guest.wasm", binary)
    assert words in shell.fails(4, "exec", "guest.wasm")


def test_wrong_usage(shell: Shell) -> None:
    """A client that is not there, a pattern that is none, a pair that is none."""
    assert "no client 'x'; the clients are: default" in shell.fails(
        3, "exec", "--client", "x", "--allow-send", ">", "sender.wasm"
    )
    assert "pattern 'a..b'" in shell.fails(3, "exec", "--allow-send", "a..b", "sender.wasm")
    assert "'A' is not KEY=VALUE" in shell.fails(2, "exec", "--env", "A", "sender.wasm")
