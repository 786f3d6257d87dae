"""Where the commands look, and what is said when they cannot."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click
import pytest

from wasi_messaging.cli.dead_letters import command
from wasi_messaging.testing.servers import NatsServer

from .office import Office

PAGER = """
[components.pager]
path = "nor-this.wasm"
subscriptions = [{{ topic = "{name}.alerts.>", dead_letter = {{ topic = "{topic}" }} }}]
"""


def pager(office: Office) -> str:
    """A second topic of letters."""
    topic = f"dead-letter.pager.{office.name}"
    office.configure(PAGER.format(name=office.name, topic=topic))
    return topic


def test_the_topics_of_a_configuration(office: Office) -> None:
    """Without ``--topic``; the files of the components need not be there."""
    second = pager(office)
    office.post(office.letter("aaaa"))
    office.post(office.letter("bbbb"), topic=second)
    done = office.run("dead-letters", "list", "--wait", "200ms")
    assert "waits on" in done.output
    assert f"{second} of client default" in done.output
    assert done.errors == (
        f"2 dead letters on {office.topic} of client default, {second} of client default\n"
    )
    assert office.listed("--topic", f"*.pager.{office.name}") == ["bbbb"]
    replayed = office.run("dead-letters", "replay", "a", "b", "--wait", "200ms")
    assert replayed.output == "replayed 2 dead letters\n"
    assert office.listed("--client", "default") == []


def test_no_topic_to_look_at(office: Office) -> None:
    """Each time with what to do."""

    def fails(status: int, *arguments: str) -> str:
        done = office.run("dead-letters", "list", *arguments)
        assert (done.status, done.output) == (status, "")
        return done.errors

    errors = fails(3, "--topic", office.topic, "--client", "defualt")
    assert "no client 'defualt'; did you mean \"default\"?" in errors
    office.configure(PAGER.format(name=office.name, topic=""))
    last = office.folder.joinpath("messaging.toml").read_text().count("\n")
    location = "components.pager.subscriptions[0].dead_letter.topic"
    assert f"messaging.toml:{last}: {location}" in fails(3)
    office.shell.write("messaging.toml", "[components.a]\npath = 'a.wasm'\nsubscriptions = []\n")
    assert 'dead_letter = { topic = "dead-letter.NAME" }' in fails(3)
    office.folder.joinpath("messaging.toml").unlink()
    assert "no messaging.toml here" in fails(3)
    errors = fails(2, "--topic", "dead-letter.>")
    assert "matches no dead-letter topic of the configuration" in errors
    assert "'a..b'" in fails(2, "--topic", "a..b")
    assert "'defualt'" in fails(3, "--topic", office.topic, "--client", "defualt")


def test_wrong_usage(office: Office) -> None:
    """Ids or all of them, and filters only with all."""
    assert "which letters?" in office.fails(2, "replay")
    assert "not both" in office.fails(2, "discard", "a", "--all")
    assert "go with --all" in office.fails(2, "replay", "a", "--outcome", "trap")
    assert "'trapp'" in office.fails(2, "replay", "--all", "--outcome", "trapp")


def test_a_client_that_keeps_nothing(office: Office) -> None:
    """Core NATS is refused in words."""
    with NatsServer(jetstream=False) as server:
        office.shell.write("messaging.toml", f'[clients.default]\nurl = "{server.url}"\n')
        errors = office.fails(5, "list")
    assert "keeps no message until it is acknowledged" in errors


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
