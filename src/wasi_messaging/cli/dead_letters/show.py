"""Looking at letters: all of them in short, or some in full."""

from __future__ import annotations

from collections.abc import Sequence

import click

from .boxes import Held, Where, find, opened
from .output import (
    print_letter,
    print_letter_json,
    print_list,
    print_list_json,
)


async def list_letters(where: Where, limit: int, *, as_json: bool) -> None:
    """Print up to ``limit`` of the letters that are waiting."""
    found: list[Held] = []
    more, others = False, 0
    async with opened(where) as (boxes, _):
        for box in boxes:
            # One beyond the limit tells whether there are more.
            room = limit + 1 - len(found)
            page = await box.letters.fetch(room, quiet=where.wait)
            found += [Held(letter, box) for letter in page]
            others += box.letters.others
            more = more or box.letters.more
            if len(page) == room:
                break
            box.finish()
    # By now they are back, however slowly the output is read.
    found = sorted(found[:limit], key=lambda held: (held.letter.story.last_time, held.letter.id))
    if as_json:
        print_list_json(found, more=more, others=others)
    else:
        print_list(found, boxes, more=more, others=others)


async def show_letters(where: Where, ids: Sequence[str], *, as_json: bool) -> None:
    """Print everything about some letters."""
    async with opened(where) as (boxes, _):
        found = await find(boxes, ids, where.wait)
    for index, held in enumerate(found):
        if as_json:
            print_letter_json(held)
        else:
            if index:
                click.echo()
            print_letter(held)
