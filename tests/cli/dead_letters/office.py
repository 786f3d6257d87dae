"""The dead-letter office: writes letters, looks at what is there, runs the command."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import subprocess
from contextlib import chdir
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

from click.testing import CliRunner

from dead_letters import letters
from shell import COMMAND, SECONDS, Shell
from wasi_messaging import Message
from wasi_messaging.abc import Broker
from wasi_messaging.cli import cli
from wasi_messaging.cli.failures import guard
from wasi_messaging.cli.session import connected
from wasi_messaging.delivery.letters import write

AT_ONCE = 1000
"""Letters on their way to the broker."""
STORY = replace(
    letters.STORY,
    group="frost",
    reason="wasm trap: unreachable [bold]executed",
    last_time="2026-01-02T00:00:00.000Z",
)
CONFIG = """
[clients.default]
url = "embedded:"
directory = "{directory}"
[components.alerts]
path = "not-built-yet.wasm"
subscriptions = [
  {{ topic = "{name}.sensors.>", dead_letter = {{ topic = "{topic}" }} }},
  {{ topic = "{name}.more.>", dead_letter = {{ topic = "{topic}" }} }},
  {{ topic = "{name}.plain" }},
  {{ toppic = "is wrong, and no reason not to look at letters" }},
]
"""


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended: its status, and what it wrote where."""

    status: int
    output: str
    errors: str


class Office:
    """Runs the command in a folder with a configuration.

    Attributes:
        folder: the current one of the commands.
        shared: the folder of the broker; commands that run there have no configuration.
        name: the first token of the topics where messages came from.
        topic: where the letters wait.
        original: where their messages came from.
        on: the options to look there; the broker is near, so that a short wait is enough.
        shell: runs the command in processes of its own.
    """

    def __init__(self, folder: Path, shared: Path) -> None:
        self.folder = folder
        self.shared = shared
        self.name = uuid4().hex[:12]
        self.topic = f"dead-letter.{self.name}"
        self.original = f"{self.name}.sensors.attic"
        self.on = ("--topic", self.topic, "--wait", "200ms")
        self.shell = Shell(folder)
        self.configure()

    def configure(self, more: str = "") -> None:
        """Write the configuration, with something behind it."""
        directory = self.shared / ".wasi-messaging"
        text = CONFIG.format(directory=directory, name=self.name, topic=self.topic)
        self.shell.write("messaging.toml", text + more)

    def run(self, *arguments: str, folder: Path | None = None) -> Done:
        """Run ``wasi-messaging`` in this process, as its ``main`` does."""
        with chdir(folder or self.folder), CliRunner().isolation() as (output, errors, _):
            status = guard(lambda: cli.main(arguments, "wasi-messaging", standalone_mode=False))
        return Done(status, output.getvalue().decode(), errors.getvalue().decode())

    def letters(self, *arguments: str, folder: Path | None = None) -> Done:
        """Run ``dead-letters`` where the letters wait."""
        return self.run("dead-letters", *arguments, *self.on, folder=folder)

    def ok(self, *arguments: str, folder: Path | None = None) -> str:
        """The output of ``dead-letters``, which must succeed."""
        done = self.letters(*arguments, folder=folder)
        assert done.status == 0, done
        return done.output

    def fails(self, status: int, *arguments: str, folder: Path | None = None) -> str:
        """The errors of ``dead-letters``, which must fail so."""
        done = self.letters(*arguments, folder=folder)
        assert done.status == status, done
        assert "Traceback" not in done.errors
        return done.errors

    def letter(self, name: str, data: bytes = b"21.5", **story: Any) -> Message:
        """A dead letter as the host writes it."""
        message = Message(data, "text/plain", (("k", "1"), ("k", "2")))
        told = {"dead_letter": name, "topic": self.original} | story
        return write(message, replace(STORY, **told))

    def post(self, *letters: Message, topic: str | None = None) -> None:
        """Publish letters."""
        asyncio.run(self._post(letters, topic or self.topic))

    async def _post(self, letters: tuple[Message, ...], topic: str) -> None:
        async with connected(self.folder / "messaging.toml", "default") as broker:
            for first in range(0, len(letters), AT_ONCE):
                page = letters[first : first + AT_ONCE]
                await asyncio.gather(*(publish(broker, topic, message) for message in page))

    def listed(self, *arguments: str) -> list[str]:
        """The ids that are waiting."""
        shown = self.run(
            *("dead-letters", "list", "--json", "--limit", "100000", "--wait", "200ms"),
            *(arguments or ("--topic", self.topic)),
        )
        assert shown.status == 0, shown
        return [item["id"] for item in json.loads(shown.output)["letters"]]

    def received(self, topic: str, count: int) -> list[dict[str, Any]]:
        """The messages that a topic holds."""
        wanted = ("--count", str(count), "--timeout", "10s") if count else ("--timeout", "300ms")
        shown = self.run("subscribe", topic, "--start", "all", "--json", "-q", *wanted)
        assert shown.status == 0, shown
        return [json.loads(line) for line in shown.output.splitlines()]

    def on_a_terminal(self, answer: str, *arguments: str) -> tuple[int, str]:
        """Run ``dead-letters`` on a terminal of its own; its status and what is shown there."""
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            [COMMAND, "dead-letters", *arguments, *self.on],
            cwd=self.folder,
            env=self.shell.environment | {"COLUMNS": "120"},
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


async def publish(broker: Broker, topic: str, message: Message) -> None:
    """Publish one message, confirmed."""
    completion = broker.publish(topic, message)
    if completion is not None:
        await completion
