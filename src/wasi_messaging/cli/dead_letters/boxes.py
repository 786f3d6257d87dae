"""The letters that a command works on, and the clients it needs."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from ...abc import Broker
from ...dead_letters import DeadLetter, DeadLetters
from ..failures import USAGE, Failure, note
from ..session import connected
from .configured import Target
from .newer import Newer
from .targets import find_targets

MANY = 10_000
"""Messages that a broker may not like to see unsettled."""
SHORT = 8
"""Characters of an id that people are shown, if they tell it from the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """What the options say of where to look, and how long for more."""

    topic: str | None
    client: str | None
    config: Path | None
    wait: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which letters a command is about: those of the ids, else all that pass the filters."""

    ids: Sequence[str] = ()
    outcomes: Sequence[str] = ()
    components: Sequence[str] = ()

    def takes(self, letter: DeadLetter) -> bool:
        """Whether a letter passes the filters."""
        story = letter.story
        return (not self.outcomes or story.outcome in self.outcomes) and (
            not self.components or story.component in self.components
        )


@dataclass(frozen=True, slots=True)
class Box:
    """The letters of one target."""

    target: Target
    letters: DeadLetters

    def finish(self) -> None:
        """All that the broker gave out was looked at: say so where that may not be all."""
        if self.letters.held >= MANY:
            note(
                f"{self.letters.held:,} messages on {self.target} were looked at and stay; where "
                "the broker gives out no more at a time, others may be waiting behind them"
            )


@dataclass(frozen=True, slots=True)
class Held:
    """A letter, and the box it goes back to."""

    letter: DeadLetter
    box: Box


class Clients:
    """Connects each client once."""

    def __init__(self, config: Path | None, stack: AsyncExitStack) -> None:
        self._config = config
        self._stack = stack
        self._open: dict[str, Broker] = {}

    async def get(self, name: str) -> Broker:
        """The open broker of a client; see :func:`connected` for what it raises."""
        if name not in self._open:
            broker = await self._stack.enter_async_context(connected(self._config, name))
            self._open[name] = broker
        return self._open[name]


@asynccontextmanager
async def opened(where: Where) -> AsyncIterator[tuple[list[Box], Clients]]:
    """The boxes to look into. In the end what is held goes back, then the clients close."""
    targets = find_targets(where.config, where.topic, where.client)
    async with AsyncExitStack() as stack:
        clients = Clients(where.config, stack)
        boxes = []
        for target in targets:
            letters = DeadLetters(await clients.get(target.client), target.topic)
            boxes.append(Box(target, await stack.enter_async_context(letters)))
        yield boxes, clients


async def choose(
    boxes: Sequence[Box], choice: Choice, wait: float, newer: Newer
) -> AsyncIterator[list[Held]]:
    """The letters that are meant, a page at a time; ``newer`` counts those that are left."""
    if choice.ids:
        yield await find(boxes, choice.ids, wait)
        return
    for box in boxes:
        asked = time.monotonic()
        async for page in box.letters.pages(quiet=wait):
            took = time.monotonic() - asked
            old = newer.leave(page, choice.takes)
            yield [Held(letter, box) for letter in old if choice.takes(letter)]
            # What comes slowly is being written, perhaps without an end. What was there comes at
            # once, and older letters may be behind those of a host whose clock is ahead.
            if page and not old and (took > wait or newer.count >= MANY):
                newer.others = newer.others or box.letters.more
                break
            asked = time.monotonic()
        box.finish()


async def find(boxes: Sequence[Box], ids: Sequence[str], wait: float) -> list[Held]:
    """The letters of these ids, which may be abbreviated; two letters may have one id.

    Raises:
        Failure: an id is that of no letter, or the beginning of several.
    """
    wanted = set(ids)
    held: list[Held] = []
    seen: set[str] = set()
    for box in boxes:
        async for page in box.letters.pages(quiet=wait):
            held += [Held(letter, box) for letter in page]
            seen.update(letter.id for letter in page)
            if wanted <= seen:
                break
        else:
            box.finish()
    meant = {_complete(text, seen, boxes) for text in ids}
    return [item for item in held if item.letter.id in meant]


def _complete(text: str, known: set[str], boxes: Sequence[Box]) -> str:
    if text in known:
        return text
    matching = sorted(known_id for known_id in known if text and known_id.startswith(text))
    if len(matching) == 1:
        return matching[0]
    if matching:
        several = ", ".join(matching[:5]) + (", …" if len(matching) > 5 else "")
        raise Failure(f"{text!r} is the beginning of {len(matching):,} ids: {several}", USAGE)
    topics = ", ".join(str(box.target) for box in boxes)
    raise Failure(
        f"{text!r} is the id of none of the {len(known):,} dead letters on {topics}; "
        "`dead-letters list` shows them, except those that another command holds at the moment",
        USAGE,
    )


def shorten(ids: Sequence[str]) -> dict[str, str]:
    """Each id cut to what tells all of them apart."""
    distinct = set(ids)
    length = SHORT
    while len({text[:length] for text in distinct}) < len(distinct):
        length += 1
    return {text: text[:length] for text in distinct}
