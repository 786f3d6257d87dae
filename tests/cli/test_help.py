"""Help, completion, and how fast they come."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import click
import pytest

from shell import Shell
from wasi_messaging.cli import SUMMARIES, cli
from wasi_messaging.cli.failures import EXIT_CODES, FAILED, INTERNAL, status_of
from wasi_messaging.errors import EngineError, GuestTrapError

HEAVY = ("asyncio", "nats", "pydantic", "rich", "wasi_messaging._engine")


def command(name: str) -> click.Command:
    """A command of the group."""
    found = cli.get_command(click.Context(cli), name)
    assert found is not None
    return found


def test_the_help_is_fast(shell: Shell) -> None:
    """At most 150 ms of the processor; it waits for nothing else."""
    times = []
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        text = shell.ok("--help")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(times) < 0.15, times
    for name, summary in SUMMARIES.items():
        assert f"  {name} " in text
        assert summary.split()[0] in text


def test_the_help_imports_nothing_heavy() -> None:
    """Which is why it is fast."""
    code = (
        "import sys; from wasi_messaging.cli import cli; cli(['--help'], standalone_mode=False);"
        f"print('imported', [name for name in {HEAVY} if name in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.endswith("imported []\n")


@pytest.mark.parametrize("name", SUMMARIES)
def test_every_command_teaches(name: str) -> None:
    """It begins with its line of the list, and has examples that begin with its name."""
    text = command(name).help or ""
    assert text.startswith(SUMMARIES[name])
    _, examples = text.split("Examples:\n", 1)
    assert f"wasi-messaging {name}" in examples.split("\n\n")[0]
    context = click.Context(command(name), info_name=name)
    shown = command(name).get_help(context)
    assert all(line.strip() in shown for line in examples.split("\n\n")[0].splitlines())


def test_every_option_is_in_the_documentation(root: Path) -> None:
    """docs/cli.md names commands, options and exit codes."""
    page = root.joinpath("docs/cli.md").read_text()
    for name in SUMMARIES:
        assert f"`{name} " in page
        for parameter in command(name).params:
            if isinstance(parameter, click.Option) and not parameter.hidden:
                assert parameter.opts[0] in page, (name, parameter.opts)
    for code, meaning in EXIT_CODES.items():
        assert str(code) in page
        assert meaning.split(",")[0].split(" (")[0] in page


def test_the_tables_of_keys_are_up_to_date(root: Path) -> None:
    """docs/configuration.md says what the models check."""
    script = root / "scripts" / "document_configuration.py"
    checked = subprocess.run(
        [sys.executable, script, "--check"], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr


def test_the_version(shell: Shell) -> None:
    """Name and number."""
    assert shell.ok("--version").startswith("wasi-messaging 0.")


def test_no_such_command(shell: Shell) -> None:
    """The nearest one is offered."""
    assert "no command 'pubish'; did you mean 'publish'?" in shell.fails(2, "pubish")
    assert "no command 'xyzzy'; commands: run, exec" in shell.fails(2, "xyzzy")


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_completion(shell: Shell, name: str) -> None:
    """The script asks the command itself."""
    assert "_WASI_MESSAGING_COMPLETE" in shell.ok("completion", name)
    shell.environment |= {
        "_WASI_MESSAGING_COMPLETE": "bash_complete",
        "COMP_WORDS": "wasi-messaging sub",
        "COMP_CWORD": "1",
    }
    assert shell.ok().strip() == "plain,subscribe"


def test_a_traceback_on_request(shell: Shell) -> None:
    """By option and by variable."""
    assert "Traceback" in shell.run("publish", "a", "b", "--client", "c", "--debug").stderr
    shell.environment["WASI_MESSAGING_DEBUG"] = "1"
    assert "Traceback" in shell.run("publish", "a", "b", "--client", "c").stderr


def test_a_failure_of_the_engine_is_a_fault_of_ours() -> None:
    """Not a message's: what looks after workers starts them again."""
    assert status_of(EngineError("the engine failed")) == INTERNAL
    assert status_of(GuestTrapError("unreachable")) == FAILED
