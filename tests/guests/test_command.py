"""command: a component that exports wasi:cli/run is run once, with the streams of this process."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from wasi_messaging import Message
from wasi_messaging.abc import Delivery
from wasi_messaging.testing import collect

from .hosting import COMPILES, LANGUAGES, NAME, built, hosting

pytestmark = COMPILES


@pytest.mark.parametrize("language", LANGUAGES)
async def test_arguments_and_sends(language: str) -> None:
    """It gets its arguments, sends, and its status comes back."""
    async with hosting(f"command/{language}") as host, collect(host.broker(), ">") as sent:
        assert await host.execute(NAME, ["greetings", "hello"]) == 0
        (message,) = await sent.wait(1)
    assert (message.topic, message.data) == ("greetings", b"hello")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_failure_is_the_status(language: str) -> None:
    """What it may not do it hears; that it gives up is its status."""
    async with hosting(f"command/{language}", send=()) as host:
        assert await host.execute(NAME, ["greetings", "hello"]) == 1
        assert await host.execute(NAME, ["greetings"]) in (0, 1)
    assert host.counters(NAME).denied >= 1


async def test_a_command_that_asks(capfd: pytest.CaptureFixture[str]) -> None:
    """A component of imports-request-reply: its question is answered while it runs."""

    def answer(delivery: Delivery) -> None:
        replying = host.broker().reply(delivery, Message(b"yes, " + delivery.message.data))
        assert replying is None

    async with hosting("command/ask", send=(), request=("answer",)) as host:
        subscription = await host.broker().subscribe(
            "answer", answer, group=None, prefetch=1, start="new"
        )
        assert await host.execute(NAME, ["really?"]) == 0
        await subscription.stop()
    assert capfd.readouterr().out == "yes, really?"


def _exec(folder: Path, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run the Python command by ``wasi-messaging exec`` in a folder with a configuration."""
    path = json.dumps(str(built("command/python")))
    (folder / "messaging.toml").write_text(
        f'clients.default.url = "memory:"\n[components.greeter]\npath = {path}\n'
        'env = { GREETING = "hello " }\npermissions.default.send = ["greetings"]\n'
    )
    command = [str(Path(sys.executable).with_name("wasi-messaging")), "exec"]
    return subprocess.run(
        [*command, str(built("command/python")), *arguments],
        cwd=folder,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )


def test_streams_are_those_of_the_process(tmp_path: Path) -> None:
    """Standard input and output pass through ``wasi-messaging exec``, and so does success."""
    done = _exec(tmp_path, "greetings", stdin="one\ntwo\n")
    assert (done.returncode, done.stdout) == (0, "sent 2 to greetings\n"), done.stderr


def test_standard_error_and_status(tmp_path: Path) -> None:
    """What it writes to standard error arrives there, and its failure is the exit status."""
    done = _exec(tmp_path, "forbidden", "x")
    assert done.returncode == 1
    assert done.stdout == ""
    assert "not sent:" in done.stderr


def test_exit_status(tmp_path: Path) -> None:
    """A command may end itself."""
    assert _exec(tmp_path, "exit", "0").returncode == 0
    assert _exec(tmp_path, "exit", "1").returncode == 1
