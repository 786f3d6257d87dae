"""``wasi-messaging completion``."""

from __future__ import annotations

import click
from click.shell_completion import ShellComplete, get_completion_class

from .options import Command


@click.command("completion", cls=Command)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print the completion script of a shell.

    Examples:
      eval "$(wasi-messaging completion bash)"      # in ~/.bashrc
      eval "$(wasi-messaging completion zsh)"       # in ~/.zshrc
      wasi-messaging completion fish > ~/.config/fish/completions/wasi-messaging.fish
    """
    from . import cli

    kind = get_completion_class(shell) or ShellComplete
    script = kind(cli, {}, "wasi-messaging", "_WASI_MESSAGING_COMPLETE")
    click.echo(script.source_template % script.source_vars())
