"""``wasi-messaging run``."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import TemporaryFile

import click

from ..allocator import keep_freed_memory
from ..brokers import broker_class
from ..config import Config
from ..errors import ConfigError, SubscriptionStoppedError
from ..host import Host
from ..loading import compiled
from ..units import format_bytes, format_duration
from .failures import Failure, Interrupted, debugging
from .logs import LEVELS, set_up_logging
from .options import Command, debug_option
from .session import DEFAULT_FILE, exit_status, run_async
from .tether import ALL_STOPPED, WorkersEnd
from .workers import Workers

logger = logging.getLogger("wasi_messaging.run")


@click.command("run", cls=Command)
@click.argument("file", type=click.Path(path_type=Path), default=DEFAULT_FILE)
@click.option("--json", "as_json", is_flag=True, help="Log JSON objects, one a line.")
@click.option(
    "--log-level", type=click.Choice(LEVELS), default="info", show_default=True, help="From where."
)
@click.option(
    "--cache",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="Where compiled components are kept. Default: the user's cache folder.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 256),
    default=1,
    show_default=True,
    metavar="N",
    help="Processes that share the work; one that crashes is started again.",
)
@click.option("--worker", type=int, hidden=True)
@click.option("--log-lock", type=int, hidden=True)
@debug_option
def command(
    file: Path,
    as_json: bool,
    log_level: str,
    cache: Path | None,
    workers: int,
    worker: int | None,
    log_lock: int | None,
) -> int:
    """Run the components of a configuration until stopped.

    FILE is the configuration, messaging.toml unless given. Everything in it is checked before the
    first message is taken: files, patterns, permissions, components, brokers. The log goes to
    standard error.

    Ctrl-C or SIGTERM: take no more messages, finish those in flight for up to `drain`, hand the
    rest back to the brokers, exit 0. A second signal hands back at once, a third one kills.

    With --workers the same runs in N processes: hosts of the same groups, which share the messages
    of their subscriptions. Signals go to all of them.

    Examples:
      wasi-messaging run
      wasi-messaging run production.toml --json --log-level warning
      wasi-messaging run --workers 4

    The smallest messaging.toml:
      [components.alerts]
      path = "alerts.wasm"
      subscriptions = [{ topic = "sensors.*.temperature" }]
      permissions.default.send = ["alerts.>"]
    """
    if workers > 1:
        options = ["--log-level", log_level, *(["--json"] if as_json else [])]
        options += ["--cache", str(cache)] if cache is not None else []
        options += ["--debug"] if debugging() else []
        with TemporaryFile() as lock:
            set_up_logging(log_level, as_json=as_json, lock=lock.fileno())
            return _run_workers(file, cache, options, workers, lock.fileno())
    set_up_logging(log_level, as_json=as_json, worker=worker, lock=log_lock)
    keep_freed_memory()
    supervised = worker is not None
    try:
        asyncio.run(_run(Config.load(file), cache, supervised=supervised))
    except SubscriptionStoppedError as error:
        if not supervised:
            raise
        raise Failure(str(error), ALL_STOPPED) from error
    return 0


def _run_workers(
    file: Path, cache: Path | None, options: list[str], count: int, log_lock: int
) -> int:
    config = Config.load(file)
    run_async(_prepare_for_workers(config, cache))
    arguments = ["run", str(file), *options, "--log-lock", str(log_lock)]
    metrics = config.metrics.address if config.metrics is not None else None
    return asyncio.run(Workers(arguments, count, metrics, inherited=(log_lock,)).run())


async def _prepare_for_workers(config: Config, cache: Path | None) -> None:
    for name, settings in config.clients.items():
        if not broker_class(settings.url)(settings).capabilities.shared:
            raise ConfigError(
                f"client {name!r} is a broker inside each process ({settings.url.split(':')[0]}:), "
                "which workers cannot share; use another client, or --workers 1"
            )
    for name in config.components:  # once, not in every worker
        await compiled(config, name, cache)


async def _run(config: Config, cache: Path | None, *, supervised: bool) -> None:
    if supervised:  # the supervisor serves the metrics of all
        config = config.model_copy(update={"metrics": None})
    host = Host(config, cache=cache)
    stop = _Stop(host)
    with stop:
        try:
            async with AsyncExitStack() as stack:
                if supervised:
                    await stack.enter_async_context(WorkersEnd(host.metrics, stop.abandoned))
                await stack.enter_async_context(host)
                stop.started = True
                _greet(config)
                await host.wait()
        except asyncio.CancelledError:
            if stop.signals and not stop.started:
                raise Interrupted("", exit_status(stop.signals[0])) from None
            raise
    logger.info("stopped")


def _greet(config: Config) -> None:
    for name, component in config.components.items():
        logger.info(
            "component %s: %s, %d instances at most of %s, deadline %s",
            name,
            component.path,
            component.instances,
            format_bytes(component.memory),
            format_duration(component.deadline),
        )
        if not component.subscriptions:
            logger.warning("component %s has no subscriptions: it receives nothing", name)
    count = len(config.components)
    logger.info("running %d component%s; Ctrl-C stops", count, "" if count == 1 else "s")


class _Stop:
    """Turns signals into the stages of stopping.

    Attributes:
        signals: those that came.
        started: the host is up: from now on a signal drains it instead of giving up the start.
    """

    def __init__(self, host: Host) -> None:
        self.signals: list[int] = []
        self.started = False
        self._host = host
        self._loop = asyncio.get_running_loop()
        task = asyncio.current_task()
        self._give_up = task.cancel if task is not None else host.stop

    def __enter__(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            self._loop.add_signal_handler(number, self._receive, number)

    def __exit__(self, *_: object) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            self._loop.remove_signal_handler(number)

    def abandoned(self) -> None:
        """Whoever started this process is gone."""
        self._receive(signal.SIGTERM)

    def _receive(self, number: int) -> None:
        self.signals.append(number)
        if len(self.signals) > 2:
            os._exit(exit_status(number))
        if not self.started:
            self._give_up()
        elif len(self.signals) == 1:
            logger.info("stopping: %s; again to stop at once", signal.Signals(number).name)
            self._host.stop()
        else:
            self._host.stop(now=True)
