"""The command ``wasi-messaging``.

This module is all that ``--help`` needs: a command's own module, and with it everything heavy, is
imported when that command is used.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Final

import click

from .failures import EXIT_CODES, guard
from .options import keep_examples

__all__ = ["cli", "main"]

SUMMARIES: Final = {
    "run": "Run the components of a configuration until stopped.",
    "exec": "Run a command component once and exit with its status.",
    "check": "Say whether a component or a configuration can be used, and why not.",
    "publish": "Send one message, or many from JSON lines.",
    "subscribe": "Show the messages of a topic as they arrive.",
    "dead-letters": "Look at messages that were given up; replay or discard them.",
    "conformance": "Check a host of wasi:messaging against the conformance suite.",
    "completion": "Print the completion script of a shell.",
}
"""Command → what it does, in the order of the help; each command's own help begins the same."""


class _LazyGroup(click.Group):
    """A group whose commands are modules of this package, imported on use."""

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        self.help = keep_examples(self.help)
        super().format_help_text(ctx, formatter)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(SUMMARIES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in SUMMARIES:
            return None
        module = importlib.import_module(f".{cmd_name.replace('-', '_')}", __name__)
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and args[0] not in SUMMARIES:
            near = get_close_matches(args[0], SUMMARIES, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]!r}?" if near else f"commands: {', '.join(SUMMARIES)}"
            ctx.fail(f"no command {args[0]!r}; {hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(SUMMARIES.items()))
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(code), text) for code, text in EXIT_CODES.items()])


def _show_version(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if not value or ctx.resilient_parsing:
        return
    from importlib.metadata import version

    click.echo(f"wasi-messaging {version('wasi-messaging')}")
    ctx.exit()


@click.group(
    cls=_LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_show_version,
    help="Show the version and exit.",
)
def cli() -> None:
    """Run WebAssembly components against any message broker.

    A component written against wasi:messaging@0.2.0-draft handles messages; this host connects it
    to brokers, with permissions and limits. Without a configuration, messages go through a private
    broker in ./.wasi-messaging that starts by itself and keeps them.

    Examples:
      wasi-messaging publish sensors.attic.temperature 21.5
      wasi-messaging subscribe 'sensors.>'
      wasi-messaging check alerts.wasm
      wasi-messaging run messaging.toml

    Every command explains itself: wasi-messaging COMMAND --help.
    """


def main(args: Sequence[str] | None = None) -> None:
    """Run the command line and exit the process with its status.

    Args:
        args: the arguments; default: those of the process.
    """
    sys.exit(guard(lambda: cli.main(args, "wasi-messaging", standalone_mode=False)))
