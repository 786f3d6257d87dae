"""``wasi-messaging publish``."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import click

from ..abc import Broker
from ..message import Message
from . import reading
from .failures import USAGE, Failure, note, status_of
from .options import (
    Command,
    Pair,
    client_option,
    config_option,
    debug_option,
    json_option,
    quiet_option,
)
from .pipeline import Pipeline
from .progress import Progress
from .records import read_record
from .session import connected, run_async
from .summary import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """What to publish, and how to speak of it."""

    topic: str | None
    body: bytes | None
    file: Path | None
    jsonl: Path | None
    content_type: str | None
    metadata: tuple[tuple[str, str], ...] | None
    client: str
    as_json: bool
    quiet: bool


class _Publish(Command):
    """Takes a negative number as the body: no option looks like one."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Move a negative number behind ``--``, where it is no option."""
        numbers = [arg for arg in args if re.match(r"-\.?\d", arg)]
        if len(numbers) == 1 and "--" not in args:
            args = [*(arg for arg in args if arg not in numbers), "--", *numbers]
        return super().parse_args(ctx, args)


@click.command("publish", cls=_Publish)
@click.argument("topic", required=False)
@click.argument("body", required=False)
@click.option(
    "--file",
    "-f",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Send the content of a file, '-' for standard input, as one message.",
)
@click.option(
    "--jsonl",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Send one message for each line of a file, '-' for standard input: JSON objects with "
    "topic, data or data_base64, content_type, metadata.",
)
@click.option("--content-type", metavar="TYPE", help="The format of the body, as text/plain.")
@click.option(
    "--metadata",
    "-m",
    type=Pair(),
    multiple=True,
    metavar="KEY=VALUE",
    help="Metadata of the message; may be given more than once.",
)
@client_option
@config_option
@json_option
@quiet_option
@debug_option
def command(
    topic: str | None,
    body: str | None,
    file: Path | None,
    jsonl: Path | None,
    content_type: str | None,
    metadata: Sequence[tuple[str, str]],
    client: str,
    config: Path | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Send one message, or many from JSON lines.

    The body is BODY, the content of --file, or else standard input. Ends when the broker has
    confirmed every message, and says how many.

    Examples:
      wasi-messaging publish sensors.attic.temperature 21.5
      wasi-messaging publish photos.new --file cat.jpg --content-type image/jpeg -m camera=attic
      date | wasi-messaging publish clock
      wasi-messaging publish --jsonl observations.jsonl
      wasi-messaging subscribe 'a.>' --json | wasi-messaging publish --jsonl - --client other

    A line of JSON lines looks like this; TOPIC is used where an object names none:

      {"topic": "a.b", "data": "text", "content_type": "text/plain", "metadata": {"key": "value"}}

    At a line that cannot be read it stops: nothing after that line is sent.
    """
    if jsonl is not None and (body is not None or file is not None or content_type or metadata):
        raise click.UsageError("--jsonl takes everything but the topic from the file")
    if jsonl is None and topic is None:
        raise click.UsageError("where to? Give a TOPIC, or --jsonl FILE with topics in it")
    if body is not None and file is not None:
        raise click.UsageError("give either BODY or --file, not both")
    if topic is not None and not topic.isprintable():
        raise click.UsageError(f"topic {topic!r}: not text that can be printed")
    job = _Job(
        topic=topic,
        body=body.encode(errors="surrogateescape") if body is not None else None,
        file=file,
        jsonl=jsonl,
        content_type=content_type,
        metadata=tuple(metadata) or None,
        client=client,
        as_json=as_json,
        quiet=quiet,
    )
    run_async(_publish(job, config))


async def _publish(job: _Job, config: Path | None) -> None:
    with ExitStack() as stack:
        descriptor = _open(job, stack)
        async with connected(config, job.client) as broker:
            progress = Progress(descriptor if job.jsonl is not None else None, quiet=job.quiet)
            with progress:
                await _send_all(job, broker, descriptor, progress)


async def _send_all(job: _Job, broker: Broker, descriptor: int, progress: Progress) -> None:
    """Send everything and say what became of it, also when it was interrupted."""
    pipeline = Pipeline(broker, progress.advance)
    report = Report(broker, pipeline, job.client, as_json=job.as_json, quiet=job.quiet)
    bad: Failure | None = None
    try:
        try:
            messages = _records(job, descriptor) if job.jsonl else _single(job, descriptor)
            async for position, topic, message in messages:
                await pipeline.send(position, topic, message)
                if pipeline.failure is not None:
                    break
        except Failure as error:
            bad = error
        await pipeline.finish()
    except asyncio.CancelledError:
        progress.stop()
        report.interrupted()
        raise
    progress.stop()
    if pipeline.failure is not None:
        position, failure = pipeline.failure
        bad = Failure(f"{position}{failure}", status_of(failure))
    if bad is None:
        report.done()
    else:
        raise report.failed(bad, many=job.jsonl is not None)


async def _single(job: _Job, descriptor: int) -> AsyncIterator[tuple[str, str, Message]]:
    body = job.body if job.body is not None else await reading.everything(descriptor)
    yield "", job.topic or "", Message(body, job.content_type, job.metadata)


async def _records(job: _Job, descriptor: int) -> AsyncIterator[tuple[str, str, Message]]:
    name = "standard input" if str(job.jsonl) == "-" else str(job.jsonl)
    number = 0
    async for line in reading.lines(descriptor):
        number += 1
        if not line.strip():
            continue
        try:
            topic, message = read_record(line, job.topic)
        except ValueError as error:
            raise Failure(f"{name}:{number}: {error}", USAGE) from None
        yield f"{name}:{number}: ", topic, message


def _open(job: _Job, stack: ExitStack) -> int:
    """A descriptor to read from: a file's, or that of standard input; -1 where none is needed."""
    if job.body is not None:
        return -1
    path = job.jsonl or job.file
    if path is None or str(path) == "-":
        if sys.stdin is None:
            raise Failure("no body: standard input is closed", USAGE)
        if sys.stdin.isatty():
            note("reading from this terminal; end with Ctrl-D")
        return sys.stdin.fileno()
    try:
        descriptor = os.open(path, os.O_RDONLY)
        stack.callback(os.close, descriptor)
        os.read(descriptor, 0)
    except OSError as error:
        raise Failure(f"{path}: cannot be read: {error.strerror}", USAGE) from None
    return descriptor
