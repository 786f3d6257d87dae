"""Options that the commands about dead letters share; commands get what they say as one value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import Any, get_args

import click

from ...config.delivery import Outcome
from ..options import Duration, config_option, debug_option, json_option
from .boxes import Choice, Where

Function = Callable[..., None]


def where_options(command: Function) -> Function:
    """The options that say where to look: ``where``; and ``as_json``."""

    @wraps(command)
    def inner(
        *, topic: str | None, client: str | None, config: Path | None, wait: float, **others: Any
    ) -> None:
        command(where=Where(topic=topic, client=client, config=config, wait=wait), **others)

    for option in (
        debug_option,
        json_option,
        config_option,
        click.option(
            "--wait",
            type=Duration(),
            default="1s",
            show_default=True,
            metavar="TIME",
            help="How long to wait for a further letter before that was all.",
        ),
        click.option("--client", metavar="NAME", help="Only topics of this client."),
        click.option(
            "--topic",
            metavar="TOPIC",
            help="Where the letters wait. Default: every dead_letter of the configuration; a "
            "pattern stands for those it matches.",
        ),
    ):
        inner = option(inner)
    return inner


def choice_options(command: Function) -> Function:
    """The options that say which letters: ``choice``."""

    @wraps(command)
    def inner(
        *,
        ids: Sequence[str],
        everything: bool,
        outcomes: Sequence[str],
        components: Sequence[str],
        **others: Any,
    ) -> None:
        choice = _choice(ids, outcomes, components, everything=everything)
        command(choice=choice, **others)

    for option in (
        click.option(
            "--component",
            "components",
            multiple=True,
            metavar="NAME",
            help="With --all: only what this component gave up. May be given more than once.",
        ),
        click.option(
            "--outcome",
            "outcomes",
            multiple=True,
            type=click.Choice(get_args(Outcome)),
            metavar="OUTCOME",
            help="With --all: only where the last attempt ended so; trap, timeout, … as in the "
            "actions of a subscription. May be given more than once.",
        ),
        click.option("--all", "everything", is_flag=True, help="All letters instead of some IDs."),
        click.argument("ids", nargs=-1, metavar="[ID]..."),
    ):
        inner = option(inner)
    return inner


def _choice(
    ids: Sequence[str], outcomes: Sequence[str], components: Sequence[str], *, everything: bool
) -> Choice:
    if everything and ids:
        raise click.UsageError("give either IDs or --all, not both")
    if not everything and (outcomes or components):
        raise click.UsageError("--outcome and --component go with --all")
    if not everything and not ids:
        raise click.UsageError("which letters? Give their IDs (`dead-letters list`), or --all")
    return Choice(ids=ids, outcomes=outcomes, components=components)
