"""``wasi-messaging subscribe``."""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from dataclasses import dataclass
from pathlib import Path

import click

from ..abc import Delivery, Start
from ..receiving import done
from ..units import format_duration
from .display import show
from .failures import FAILED, Failure, note
from .options import (
    Command,
    Duration,
    client_option,
    config_option,
    debug_option,
    quiet_option,
)
from .records import write_record
from .session import connected, run_async

PREFETCH = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """What to show."""

    topic: str
    count: int | None
    group: str | None
    start: Start
    timeout: float | None
    client: str
    as_json: bool
    quiet: bool


@click.command("subscribe", cls=Command)
@click.argument("topic")
@click.option(
    "--count", "-n", type=click.IntRange(min=1), metavar="N", help="Stop after N messages."
)
@click.option(
    "--group",
    metavar="NAME",
    help="Join a consumer group: its members share the messages, and its position is kept. "
    "Default: receive every message while attached.",
)
@click.option(
    "--start",
    type=click.Choice(["new", "all"]),
    default="new",
    show_default=True,
    help="Begin with messages from now on, or with those already stored.",
)
@click.option(
    "--timeout",
    type=Duration(),
    metavar="TIME",
    help="Stop after this time, as 500ms, 10s or 2m; with --count and too few messages, exit 1.",
)
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object a line, as publish reads them."
)
@client_option
@config_option
@quiet_option
@debug_option
def command(
    topic: str,
    count: int | None,
    group: str | None,
    start: Start,
    timeout: float | None,
    client: str,
    config: Path | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Show the messages of a topic as they arrive.

    TOPIC is a pattern in the broker's dialect, for example sensors.*.temperature or alerts.> with
    the built-in broker and NATS. A message is acknowledged once it is printed. Runs until Ctrl-C,
    --count or --timeout.

    Examples:
      wasi-messaging subscribe 'sensors.>'
      wasi-messaging subscribe 'alerts.>' --start all --count 10
      wasi-messaging subscribe 'alerts.>' --group pager --json | jq .data
      wasi-messaging subscribe done --count 1 --timeout 30s
    """
    job = _Job(
        topic=topic,
        count=count,
        group=group,
        start=start,
        timeout=timeout,
        client=client,
        as_json=as_json,
        quiet=quiet,
    )
    run_async(_subscribe(job, config))


async def _subscribe(job: _Job, config: Path | None) -> None:
    async with connected(config, job.client) as broker:
        inbox = _Inbox()
        prefetch = min(job.count or PREFETCH, PREFETCH)
        subscription = await broker.subscribe(
            job.topic, inbox.put, group=job.group, prefetch=prefetch, start=job.start
        )
        if not job.quiet:
            note(f"listening on {job.topic}: {broker.summary()}; Ctrl-C ends it")
        printed = 0
        try:
            async with asyncio.timeout(job.timeout):
                async for delivery in inbox:
                    await _print(delivery, job)
                    printed += 1
                    if printed == job.count:
                        break
        except TimeoutError:
            _check_count(job, printed)
        except asyncio.CancelledError:
            if job.count is not None:
                raise
            # Without a count, Ctrl-C is how one ends it.
        finally:
            await subscription.stop()
            await inbox.hand_back()


class _Inbox:
    """What has arrived and is not printed yet."""

    def __init__(self) -> None:
        self._waiting: deque[Delivery] = deque()
        self._arrived = asyncio.Event()

    def put(self, delivery: Delivery) -> None:
        self._waiting.append(delivery)
        self._arrived.set()

    def __aiter__(self) -> _Inbox:
        return self

    async def __anext__(self) -> Delivery:
        while not self._waiting:
            self._arrived.clear()
            await self._arrived.wait()
        return self._waiting.popleft()

    async def hand_back(self) -> None:
        """Give back what will not be printed, for others or for next time."""
        while self._waiting:
            await done(self._waiting.popleft().nack())


async def _print(delivery: Delivery, job: _Job) -> None:
    """Print a message, and only then acknowledge it."""
    message = delivery.message
    click.echo(write_record(message) if job.as_json else show(message, sys.stdout.isatty()))
    sys.stdout.flush()
    await done(delivery.ack())


def _check_count(job: _Job, printed: int) -> None:
    if job.count is not None and printed < job.count:
        waited = format_duration(job.timeout or 0)
        raise Failure(f"{printed} of {job.count} messages on {job.topic} in {waited}", FAILED)
