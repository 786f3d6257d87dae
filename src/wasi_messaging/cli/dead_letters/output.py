"""Dead letters for people and for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import datetime

import click
from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ...units import format_bytes
from ..display import INDENT, preview, printable
from ..records import write_record
from .boxes import Box, Held, shorten

MANY = 1000
"""Rows beyond which a terminal gets plain lines too: fitting the columns would take seconds."""

NUMBERS = ("attempts", "size")
"""Columns that end at the right."""
GAP = "   "
"""Between columns."""


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
        titles, rows = _titles(several=len(boxes) > 1), _rows(found, several=len(boxes) > 1)
        if sys.stdout.isatty() and len(rows) <= MANY:
            Console(file=sys.stdout, highlight=False).print(_table(titles, rows))
        else:
            click.echo("\n".join(_lines(titles, rows)))
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


def _titles(*, several: bool) -> list[str]:
    where = ["waits on"] if several else []
    return ["id", "last attempt", "component", "topic", "outcome", *where, *NUMBERS]


def _rows(found: Sequence[Held], *, several: bool) -> list[list[str]]:
    short = shorten([held.letter.id for held in found])
    return [
        [
            printable(text)
            for text in (
                short[held.letter.id],
                _local(held.letter.story.last_time),
                held.letter.story.component,
                held.letter.story.topic,
                held.letter.story.outcome,
                *([str(held.box.target)] if several else []),
                f"{held.letter.story.attempts:,}",
                format_bytes(len(held.letter.message.data)),
            )
        ]
        for held in found
    ]


def _table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    """For a terminal: what does not fit goes on in the next line."""
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for title in titles:
        fold = title not in ("id", "last attempt", "size")
        table.add_column(
            title,
            no_wrap=not fold,
            overflow="fold" if fold else "ellipsis",
            justify="right" if title in NUMBERS else "left",
        )
    for row in rows:
        table.add_row(*map(Text, row))  # what is in brackets is no markup of ours
    return table


def _lines(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """For programs, and for many rows: each on one line, whatever its length."""
    columns = zip(titles, *rows, strict=True)
    widths = [max(map(cell_len, column)) for column in columns]
    rule = "─" * (sum(widths) + len(GAP) * (len(widths) - 1))
    for row in (titles, None, *rows):
        if row is None:
            yield rule
            continue
        cells = []
        for title, text, width in zip(titles, row, widths, strict=True):
            space = " " * (width - cell_len(text))
            cells.append(space + text if title in NUMBERS else text + space)
        yield GAP.join(cells).rstrip()


def _details(held: Held) -> Iterator[tuple[str, str]]:
    message, story = held.letter.message, held.letter.story
    yield "waits on", f"{printable(held.letter.topic)} of client {held.box.target.client}"
    yield "came from", printable(f"{story.topic} of client {story.client}")
    yield "component", printable(f"{story.component}, group {story.group}")
    tries = f"{story.attempts:,} attempt{'' if story.attempts == 1 else 's'}"
    yield "outcome", printable(f"{story.outcome} after {tries}")
    yield "reason", printable(story.reason)
    yield "first failure", printable(f"{story.first_time}, as far as its host knows")
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
