"""Starts the processes in which inputs are tried, and finds the input that ended one."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from .child import Order, kind_for
from .figures import Figures, Problem, Sample
from .kinds import kind_of

SHARED_MEMORY = Path("/dev/shm")
PROGRAM = Path(__file__).resolve().parent / "child.py"
CAMPAIGN = PROGRAM.parent / "campaign.py"
SILENCE = 120.0
"""Seconds without a word after which a process hangs; each handling has its own, shorter, limit."""
STARTING = 120.0
"""Seconds until its first word."""
LINE = 2**24
MANY = 20
"""Problems of one kind after which it is not tried on."""

Show = Callable[[Figures], None]


class EndedError(Exception):
    """The process did not end as it should; the text says how."""


class Overseer:
    """Tries the inputs of one kind.

    Args:
        order: what is to be done.
        folder: where inputs with problems are kept.
        show: is shown the figures after each group.
    """

    def __init__(self, order: Order, folder: Path, show: Show) -> None:
        self.figures = Figures(order.kind)
        self._order = order
        self._folder = folder
        self._show = show
        self._samples: list[Sample] = []
        self._group: range | None = None

    async def run(self) -> None:
        """Do it; whatever is found is in the figures, also if this is cancelled."""
        began = time.monotonic()
        ends = None if self._order.seconds is None else began + self._order.seconds
        order = self._order
        try:
            while True:
                try:
                    await self._process(order)
                    break
                except EndedError as ended:
                    following = await self._look_into(order, ended)
                if following is None or len(self.figures.problems) >= MANY:
                    break
                order = self._rest(following, ends)
                if order.count == 0 or (order.seconds is not None and order.seconds <= 0):
                    break
        finally:
            self._keep_samples()
            self.figures.seconds = time.monotonic() - began

    def _rest(self, first: int, ends: float | None) -> Order:
        """What is still to be done from an input on."""
        count, seconds = self._order.count, None
        if count is not None:
            count = max(self._order.first + count - first, 0)
        if ends is not None:
            seconds = ends - time.monotonic()
        return replace(self._order, first=first, count=count, seconds=seconds)

    async def _process(self, order: Order) -> None:
        self._keep_samples()
        async with running(order, self._folder / f"{order.kind}.log") as lines:
            async for line in lines:
                if "begin" in line:
                    first, count = line["begin"]
                    self._group = range(first, first + count)
                else:
                    self._take(line)

    def _take(self, line: dict[str, Any]) -> None:
        figures = self.figures
        figures.inputs += line["count"]
        figures.outcomes += Counter(line["outcomes"])
        figures.operations += Counter(line["operations"])
        done = self._samples[-1].inputs if self._samples else 0
        numbers = (line["resident"], line["threads"], line["files"])
        figures.latest = Sample(done + line["count"], *numbers)
        self._samples.append(figures.latest)
        for number, text in line["problems"]:
            self.problem(number, text)
        self._group = None
        self._show(figures)

    def _keep_samples(self) -> None:
        """The process that they are of has ended."""
        self.figures.look_at_growth(self._samples)
        if len(self._samples) > len(self.figures.samples):
            self.figures.samples = self._samples
        self._samples = []

    async def _look_into(self, order: Order, ended: EndedError) -> int | None:
        """Which input of the group it was; each is tried in a process of its own.

        Returns:
            The input to go on with; ``None``: the process ended by itself, between inputs.
        """
        group = self._group
        if group is None:
            self.figures.problems.append(Problem(order.kind, None, str(ended)))
            return None
        found = False
        for number in group:
            self._keep_samples()
            alone = replace(order, first=number, count=1, seconds=None)
            try:
                async with running(alone, self._folder / f"{order.kind}.log") as lines:
                    async for line in lines:
                        if "begin" not in line:
                            self._take(line)
            except EndedError as again:
                found = True
                self.figures.inputs += 1
                self.problem(number, str(again))
        if not found:
            text = (
                f"{ended}, among the inputs {group.start} to {group.stop - 1}, none of them alone"
            )
            self.figures.problems.append(Problem(order.kind, group.start, text))
        return group.stop

    def problem(self, number: int, text: str) -> None:
        """Keep an input and say what is wrong with it."""
        with working_folder() as folder:
            kind = kind_for(replace(self._order, folder=str(folder)))
            file = kind.keep(number, self._folder)
        command = f"{sys.executable} {CAMPAIGN} --replay {shlex.quote(str(file))}"
        self.figures.problems.append(Problem(self._order.kind, number, text, str(file), command))


@asynccontextmanager
async def running(order: Order, log: Path) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
    """A process that carries out an order; gives its lines.

    Raises:
        EndedError: it crashed, failed or said nothing for too long.
    """
    with working_folder() as folder, log.open("ab") as errors:
        order = replace(order, folder=str(folder))
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, str(PROGRAM), order.as_text()),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
            limit=LINE,
            start_new_session=True,
        )
        try:
            yield _lines(process, log)
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.kill()
                await process.wait()


@contextmanager
def working_folder() -> Iterator[Path]:
    """For files of the moment, in memory where that is a place: compiled code is synced."""
    place = SHARED_MEMORY if os.access(SHARED_MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="fuzz-", dir=place) as folder:
        yield Path(folder)


async def _lines(process: asyncio.subprocess.Process, log: Path) -> AsyncIterator[dict[str, Any]]:
    assert process.stdout is not None
    patience = STARTING
    while True:
        try:
            line = await asyncio.wait_for(process.stdout.readline(), patience)
        except TimeoutError:
            raise EndedError(f"the process hangs: nothing came of it for {patience:g} s") from None
        if not line:
            break
        patience = SILENCE
        yield json.loads(line)
    status = await process.wait()
    if status < 0:
        raise EndedError(f"the process was ended by {signal.Signals(-status).name}; see {log}")
    if status > 0:
        raise EndedError(f"the process failed with status {status}; see {log}")


async def replay(order: Order, file: Path, folder: Path) -> Figures:
    """Try an input that was kept."""
    figures = Figures(kind_of(file), inputs=1)
    order = replace(order, kind=figures.kind, replay=str(file))
    try:
        async with running(order, folder / "replay.log") as lines:
            async for line in lines:
                figures.outcomes += Counter(line["outcomes"])
                figures.problems += [
                    Problem(figures.kind, None, text) for _, text in line["problems"]
                ]
    except EndedError as ended:
        figures.problems.append(Problem(figures.kind, None, str(ended)))
    return figures
