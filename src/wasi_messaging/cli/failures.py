"""From errors to one clear message and an exit code."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from typing import Final

import click

from ..errors import (
    BrokerError,
    ComponentError,
    ConfigError,
    EngineError,
    HandlingError,
    MessageRejectedError,
    MessagingError,
    SubscriptionStoppedError,
)

EXIT_CODES: Final = {
    0: "done",
    1: "a message was not handled, a component failed, every subscription stopped, or a --timeout "
    "passed first",
    2: "wrong usage, or input that cannot be read or carried",
    3: "a configuration cannot be used",
    4: "a component cannot be loaded",
    5: "a broker cannot be reached, or refused",
    70: "a fault of wasi-messaging itself",
    130: "interrupted (143: terminated) before it was done",
}
"""Status → meaning; ``exec`` ends with the status of its component where that ran to its end."""

FAILED, USAGE, CONFIG, COMPONENT, BROKER, INTERNAL, INTERRUPTED, TERMINATED = (
    *(1, 2, 3, 4, 5, 70),
    *(130, 143),
)
_BROKEN_PIPE: Final = 141

_STATUSES: Final = (
    (MessageRejectedError, USAGE),
    (ConfigError, CONFIG),
    (ComponentError, COMPONENT),
    (BrokerError, BROKER),
    (EngineError, INTERNAL),
    (HandlingError, FAILED),
    (SubscriptionStoppedError, FAILED),
)


class Failure(MessagingError):  # noqa: N818 - an outcome
    """A command did not do all that was asked.

    Attributes:
        status: the exit code.
    """

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class Interrupted(Failure):
    """Stopped by a signal before the end; may carry words on how far it came."""


class _Options:
    debug = bool(os.environ.get("WASI_MESSAGING_DEBUG"))


def enable_debug(_ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    """The callback of ``--debug``: errors come with their traceback."""
    if value:
        _Options.debug = True


def debugging() -> bool:
    """Whether errors come with their traceback."""
    return _Options.debug


def guard(run: Callable[[], object]) -> int:
    """Call ``run``; what it raises becomes a message on standard error and an exit code."""
    try:
        status = run()
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read our output has left. Python would complain again at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _BROKEN_PIPE
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except MessagingError as error:
        return _explain(error)
    except Exception as error:
        return _confess(error)
    return status if isinstance(status, int) else 0


def status_of(error: MessagingError) -> int:
    """The exit code for an error."""
    if isinstance(error, Failure):
        return error.status
    return next((code for kind, code in _STATUSES if isinstance(error, kind)), FAILED)


def _explain(error: MessagingError) -> int:
    if _Options.debug:
        traceback.print_exception(error)
    elif str(error):
        complain(describe(error))
    return status_of(error)


def describe(error: MessagingError) -> str:
    """An error in words; for a trap with where it happened and what the guest said last."""
    lines = [str(error)]
    lines += getattr(error, "backtrace", ())
    if stderr := getattr(error, "stderr", ()):
        lines += ["last lines of its standard error:", *stderr]
    return "\n  ".join(lines)


def _confess(error: Exception) -> int:
    if _Options.debug:
        traceback.print_exception(error)
        return INTERNAL
    complain(
        f"{type(error).__name__}: {error}\n"
        "this is a fault of wasi-messaging; --debug shows where it happened: please report it"
    )
    return INTERNAL


def complain(message: str) -> None:
    """Say on standard error that something went wrong."""
    prefix = click.style("error:", fg="red", bold=True)
    click.echo(f"{prefix} {message}", err=True)


def note(message: str) -> None:
    """Say something on standard error that is not part of the output."""
    click.echo(message, err=True)
