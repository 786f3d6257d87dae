"""Options that several commands share."""

from __future__ import annotations

import inspect
from pathlib import Path

import click

from .failures import enable_debug

config_option = click.option(
    "--config",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The configuration. Default: ./messaging.toml if there is one; without it the client "
    "'default' is a private broker in ./.wasi-messaging.",
)

client_option = click.option(
    "--client",
    default="default",
    show_default=True,
    metavar="NAME",
    help="The client of the configuration to use.",
)

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")

quiet_option = click.option(
    "--quiet", "-q", is_flag=True, help="Print only what was asked for, and errors."
)

debug_option = click.option(
    "--debug",
    is_flag=True,
    expose_value=False,
    callback=enable_debug,
    help="Show the traceback of an error. Also WASI_MESSAGING_DEBUG=1.",
)


class Command(click.Command):
    """A command whose help keeps the lines of its examples."""

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the help, paragraphs filled, examples as they are."""
        self.help = keep_examples(self.help)
        super().format_help_text(ctx, formatter)


def keep_examples(text: str | None) -> str | None:
    """Mark the paragraphs that have indented lines, so that click does not fill them."""
    paragraphs = inspect.cleandoc(text or "").split("\n\n")
    marked = ("\b\n" + part if "\n " in f"\n{part}" else part for part in paragraphs)
    return "\n\n".join(marked)


class Duration(click.ParamType[float]):
    """Seconds, as ``10``, ``"500ms"`` or ``"2m"``."""

    name = "duration"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Parse, or fail as a usage error."""
        from ..units import parse_duration

        try:
            return parse_duration(value)
        except ValueError as error:
            self.fail(f"{value!r}: {error}", param, ctx)


class Pair(click.ParamType[tuple[str, str]]):
    """``KEY=VALUE`` as a pair."""

    name = "key=value"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        """Split at the first ``=``, or fail as a usage error."""
        key, equals, text = str(value).partition("=")
        if not key or not equals:
            self.fail(f"{value!r} is not KEY=VALUE", param, ctx)
        return key, text
