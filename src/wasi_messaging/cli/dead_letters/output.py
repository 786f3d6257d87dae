"""Dead letters for people and for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ...units import format_bytes
from ..display import INDENT, preview, printable
from ..records import write_record
from .boxes import Box, Held, shorten

WIDE = 10_000
"""Columns where no terminal limits them: nothing is cut short that a program may read."""


def counted(number: int) -> str:
    """So many dead letters."""
    return f"{number:,} dead letter{'' if number == 1 else 's'}"


def record(held: Held) -> dict[str, object]:
    """A letter as JSON, without the message."""
    letter = held.letter
    return {
        "id": letter.id,
        "client": held.box.target.client,
        "topic": letter.topic,
        "size": len(letter.message.data),
        "story": asdict(letter.story),
    }


def print_list(found: Sequence[Held], boxes: Sequence[Box], *, more: bool, others: int) -> None:
    """A line for each letter, and a summary."""
    if found:
        width = None if sys.stdout.isatty() else WIDE
        console = Console(file=sys.stdout, width=width, highlight=False)
        console.print(_table(found, several=len(boxes) > 1))
    topics = ", ".join(str(box.target) for box in boxes)
    lines = [f"{counted(len(found)) if found else 'no dead letters'} on {topics}"]
    if more:
        lines.append("more are waiting: --limit N shows N of them")
    if others:
        one, many = "message that is no dead letter; it stays", "messages that are none; they stay"
        lines.append(f"and {others:,} {one if others == 1 else many} there")
    click.echo("\n".join(lines), err=True)


def print_list_json(found: Sequence[Held], *, more: bool, others: int) -> None:
    """The same as one object."""
    listing = {"letters": list(map(record, found)), "more": more, "others": others}
    click.echo(json.dumps(listing, ensure_ascii=False))


def print_letter(held: Held) -> None:
    """Everything about a letter, a line each."""
    click.echo(printable(held.letter.id))
    for title, text in _details(held):
        click.echo(f"  {title:<13} {text}")


def print_letter_json(held: Held) -> None:
    """Everything about a letter; its ``message`` is what ``publish --jsonl`` reads."""
    message = json.loads(write_record(held.letter.message))
    click.echo(json.dumps(record(held) | {"message": message}, ensure_ascii=False))


def _table(found: Sequence[Held], *, several: bool) -> Table:
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    table.add_column("id", no_wrap=True)
    table.add_column("last attempt", no_wrap=True)
    for title in ("component", "topic", "outcome", *(["waits on"] if several else [])):
        table.add_column(title, overflow="fold")
    table.add_column("attempts", justify="right")
    table.add_column("size", justify="right", no_wrap=True)
    short = shorten([held.letter.id for held in found])
    for held in found:
        letter, story = held.letter, held.letter.story
        table.add_row(
            _text(short[letter.id]),
            _text(_local(story.last_time)),
            _text(story.component),
            _text(story.topic),
            _text(story.outcome),
            *([_text(str(held.box.target))] if several else []),
            f"{story.attempts:,}",
            format_bytes(len(letter.message.data)),
        )
    return table


def _details(held: Held) -> Iterator[tuple[str, str]]:
    message, story = held.letter.message, held.letter.story
    yield "waits on", f"{printable(held.letter.topic)} of client {held.box.target.client}"
    yield "came from", printable(f"{story.topic} of client {story.client}")
    yield "component", printable(f"{story.component}, group {story.group}")
    tries = f"{story.attempts:,} attempt{'' if story.attempts == 1 else 's'}"
    yield "outcome", printable(f"{story.outcome} after {tries}")
    yield "reason", printable(story.reason)
    yield "first seen", printable(story.first_time)
    yield "last attempt", printable(story.last_time)
    yield "host", printable(f"{story.host}, wasi-messaging {story.version}")
    yield "content type", printable(message.content_type or "-")
    for index, (key, value) in enumerate(message.metadata or ()):
        yield "" if index else "metadata", printable(f"{key}={value}")
    body = preview(message.data)
    lines = body.split("\n")
    yield "body", body if len(lines) == 1 else "\n".join(["", *(INDENT + line for line in lines)])


def _local(time: str) -> str:
    """A time of a story as the clock on the wall shows it; whatever else it says as it is."""
    try:
        moment = datetime.fromisoformat(time)
    except ValueError:
        return time
    return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def _text(text: str) -> Text:
    """Text in a cell: what is in brackets is no markup of ours."""
    return Text(printable(text))
