"""Options that the commands about dead letters share."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, get_args

import click

from ...config.delivery import Outcome
from ..options import Duration, config_option, debug_option, json_option

AnyCallable = TypeVar("AnyCallable", bound=Callable[..., None])


def where_options(command: AnyCallable) -> AnyCallable:
    """The options that say where to look."""
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
        command = option(command)
    return command


def choice_options(command: AnyCallable) -> AnyCallable:
    """The options that say which letters."""
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
        command = option(command)
    return command
