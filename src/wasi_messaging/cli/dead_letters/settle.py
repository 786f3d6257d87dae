"""Replaying and discarding: many letters at a time, and what became of them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Protocol

import click

from ...abc import Broker
from ...errors import BrokerTimeoutError, BrokerUnavailableError, MessagingError
from ..failures import FAILED, Failure, note
from .boxes import Choice, Clients, Held, Where, choose, opened, shorten
from .counter import Counter
from .destinations import Destinations
from .newer import Newer
from .output import counted

GRACE = 2.0
"""Seconds that an interrupted command waits for confirmations that are on their way: without them
a message would be replayed, and its letter stay."""
SHOWN = 10
"""Reasons that are shown."""


class Tally:
    """What became of the letters.

    Attributes:
        verb: what is done with them: ``replayed`` or ``discarded``.
        done: how often that was done.
        failures: the id of each letter it could not be done with, and why.
        newer: letters that were left, as they are newer than the command.
        hopeless: a broker is away: what follows would only fail too.
    """

    def __init__(self, verb: str) -> None:
        self.verb = verb
        self.done = 0
        self.failures: list[tuple[str, str]] = []
        self.newer = Newer()
        self.hopeless = False

    def fail(self, held: Held, error: MessagingError) -> None:
        """A letter stays where it is."""
        self.failures.append((held.letter.id, str(error)))
        if isinstance(error, BrokerUnavailableError | BrokerTimeoutError):
            self.hopeless = True

    def summary(self, error: str | None = None) -> str:
        """The counts as JSON."""
        counts: dict[str, object] = {self.verb: self.done, "failed": len(self.failures)}
        counts["errors"] = [{"id": name, "error": reason} for name, reason in self.failures]
        counts["newer"] = self.newer.count
        return json.dumps(counts if error is None else counts | {"error": error})

    def words(self) -> str:
        """The counts in words."""
        return f"{self.verb} {counted(self.done)}"

    def complaint(self) -> str:
        """Which letters stay, and why."""
        short = shorten([name for name, _ in self.failures])
        lines = [f"  {short[name]}: {reason}" for name, reason in self.failures[:SHOWN]]
        if len(self.failures) > SHOWN:
            lines.append(f"  … and {len(self.failures) - SHOWN:,} more")
        rest = "; the rest was not tried" if self.hopeless else ""
        count = len(self.failures)
        head = f"{counted(count)} could not be {self.verb}, and stay{'s' if count == 1 else ''}"
        return "\n".join([f"{head}{rest}:", *lines])


class Job(Protocol):
    """What is done with letters."""

    verb: str

    async def prepare(self, page: Sequence[Held], clients: Clients) -> None:
        """Get ready for letters. Done before the first of them, it keeps their order."""

    async def act(self, held: Held) -> None:
        """Do it with one letter."""


class Discard:
    """Forget them."""

    verb = "discarded"

    async def prepare(self, page: Sequence[Held], clients: Clients) -> None:
        """There is nothing to get ready."""

    async def act(self, held: Held) -> None:
        """The broker does not give it out again."""
        await held.box.letters.discard(held.letter)


class Replay:
    """Publish their messages again.

    Args:
        destinations: where to.
    """

    verb = "replayed"

    def __init__(self, destinations: Destinations) -> None:
        self._destinations = destinations
        self._reached: dict[str, Broker | MessagingError] = {}

    async def prepare(self, page: Sequence[Held], clients: Clients) -> None:
        """Connect the clients that messages may go to, each once."""
        for name in dict.fromkeys(self._names(page)):
            if name in self._reached:
                continue
            try:
                self._reached[name] = await clients.get(name)
            except MessagingError as error:
                # Letters of other clients can still be replayed: that one is not asked again.
                self._reached[name] = MessagingError(str(error))

    async def act(self, held: Held) -> None:
        """The letter goes when its message is confirmed."""
        client, topic = self._destinations.of(held)
        target = self._reached[client]
        if isinstance(target, MessagingError):
            raise target
        await held.box.letters.replay(held.letter, target, topic)

    def _names(self, page: Sequence[Held]) -> Iterator[str]:
        for held in page:
            # One that may not be replayed is told so in its turn.
            with suppress(MessagingError):
                yield self._destinations.of(held)[0]


async def settle(job: Job, where: Where, choice: Choice, *, as_json: bool) -> None:
    """Do a job with the letters of a choice, and say how many, also where it came to no end.

    Raises:
        Failure: it could not be done with all of them.
    """
    tally = Tally(job.verb)
    try:
        await _settle(job, where, choice, tally)
    except asyncio.CancelledError:
        if as_json:
            click.echo(tally.summary("interrupted"))
        else:
            note(f"interrupted: {tally.words()} by then; the others stay")
        raise
    except MessagingError as error:
        if as_json:
            click.echo(tally.summary(str(error)))
        elif tally.done:
            note(f"{tally.words()} before this happened; the others stay")
        raise
    click.echo(tally.summary() if as_json else tally.words())
    if tally.newer.count:
        note(tally.newer.words())
    if tally.failures:
        raise Failure(tally.complaint(), FAILED)


async def _settle(job: Job, where: Where, choice: Choice, tally: Tally) -> None:
    async with opened(where) as (boxes, clients):
        with Counter(job.verb) as counter:
            async for page in choose(boxes, choice, where.wait, tally.newer):
                await job.prepare(page, clients)
                await _each(page, job, tally, counter)
                if tally.hopeless:
                    break


async def _each(page: Sequence[Held], job: Job, tally: Tally, counter: Counter) -> None:
    """Do it with all letters of a page at the same time, begun in their order."""

    async def one(held: Held) -> None:
        try:
            await job.act(held)
        except MessagingError as error:
            tally.fail(held, error)
        else:
            tally.done += 1
            counter.show(tally.done)

    if not page:
        return
    tasks = [asyncio.create_task(one(held)) for held in page]
    try:
        await asyncio.wait(tasks)
    except asyncio.CancelledError:
        await asyncio.wait(tasks, timeout=GRACE)
        raise
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    for task in tasks:
        task.result()  # a fault of ours, if any
