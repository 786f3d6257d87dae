"""``wasi-messaging dead-letters``."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from ..failures import FAILED, Failure
from ..options import Command, keep_examples
from ..session import run_async
from .boxes import Choice, Where
from .destinations import Destinations
from .options import choice_options, where_options
from .settle import Discard, Replay, settle
from .show import list_letters, show_letters


class _Group(click.Group):
    """A group whose help keeps the lines of its examples, and the order of its commands."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        self.help = keep_examples(self.help)
        super().format_help_text(ctx, formatter)


@click.group("dead-letters", cls=_Group)
def command() -> None:
    """Look at messages that were given up; replay or discard them.

    A subscription with dead_letter = { topic = "dead-letter.alerts" } publishes what it gives up
    there, whole and with the story of why. The letters wait until they are replayed or discarded.

    To look at letters is to hold them: while a command runs, others do not see what it holds.
    Whatever it did not settle goes back at its end, and also after Ctrl-C. Only if it is killed,
    the letters come back a while later, when the lease of the broker ends.

    Examples:
      wasi-messaging dead-letters list
      wasi-messaging dead-letters show 5f3a9c10
      wasi-messaging dead-letters replay 5f3a9c10
      wasi-messaging dead-letters replay --all --outcome timeout
      wasi-messaging dead-letters discard --all --component alerts

    An ID may be cut short, as long as only one letter's begins with it.
    """


@command.command("list", cls=Command)
@click.option(
    "--limit", type=click.IntRange(min=1), default=100, show_default=True, help="Letters at most."
)
@where_options
def list_command(limit: int, where: Where, *, as_json: bool) -> None:
    """Show which letters are waiting, the oldest first.

    Examples:
      wasi-messaging dead-letters list
      wasi-messaging dead-letters list --topic dead-letter.alerts --limit 1000
      wasi-messaging dead-letters list --json | jq -r '.letters[] | .id + " " + .story.reason'
    """
    run_async(list_letters(where, limit, as_json=as_json))


@command.command("show", cls=Command)
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@where_options
def show_command(ids: Sequence[str], where: Where, *, as_json: bool) -> None:
    """Show everything about some letters: why they are there, and the message.

    --json prints an object a line; its "message" is what `publish --jsonl` reads.

    Examples:
      wasi-messaging dead-letters show 5f3a9c10
      wasi-messaging dead-letters show 5f3a9c10 --json | jq -r .message.data
    """
    run_async(show_letters(where, ids, as_json=as_json))


@command.command("replay", cls=Command)
@choice_options
@click.option("--to", metavar="TOPIC", help="Where to publish. Default: the original topic.")
@click.option(
    "--to-client", metavar="NAME", help="Whose broker to use. Default: the original client."
)
@click.option(
    "--trust",
    is_flag=True,
    help="Believe each letter where its message came from, even if no subscription of the "
    "configuration takes such messages.",
)
@where_options
def replay_command(
    choice: Choice,
    where: Where,
    to: str | None,
    to_client: str | None,
    *,
    trust: bool,
    as_json: bool,
) -> None:
    """Publish the original messages again, as they were.

    A letter goes when its message is confirmed; one whose message is refused stays, and the status
    is 1. What is stopped in between may be published twice, never lost: Ctrl-C is safe. With --all,
    letters that are written while it runs are left for next time; it says how many.

    Anybody who may publish to the topic of the letters can write one. So a message goes only where
    a subscription of the configuration takes it, or where --to says. --trust believes the letters.

    Examples:
      wasi-messaging dead-letters replay 5f3a9c10 77
      wasi-messaging dead-letters replay --all --outcome timeout --outcome connection
      wasi-messaging dead-letters replay --all --component alerts --to alerts.again
    """
    job = Replay(Destinations(where.config, to_client, to, trust=trust))
    run_async(settle(job, where, choice, as_json=as_json))


@command.command("discard", cls=Command)
@choice_options
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@where_options
def discard_command(choice: Choice, where: Where, *, yes: bool, as_json: bool) -> None:
    """Forget letters, and the messages in them, for good.

    With --all it asks first; without a terminal to ask on, it needs --yes.

    Examples:
      wasi-messaging dead-letters discard 5f3a9c10
      wasi-messaging dead-letters discard --all --outcome too-large --yes
    """
    if not (choice.ids or yes):
        _confirm(choice, where.topic)
    run_async(settle(Discard(), where, choice, as_json=as_json))


def _confirm(choice: Choice, topic: str | None) -> None:
    """Ask whether to go on."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise click.UsageError("--all discards for good: without a terminal to ask on, add --yes")
    parts = [f"on {topic}" if topic else "on every dead-letter topic of the configuration"]
    if choice.outcomes:
        parts.append(f"with outcome {' or '.join(choice.outcomes)}")
    if choice.components:
        parts.append(f"of component {' or '.join(choice.components)}")
    if not click.confirm(f"Discard every dead letter {', '.join(parts)}, for good?", err=True):
        raise Failure("nothing was discarded", FAILED)
