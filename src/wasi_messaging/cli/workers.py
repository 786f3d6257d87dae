"""``run --workers N``: processes of one configuration, started, restarted and drained together."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from typing import TYPE_CHECKING

from .failures import BROKER, COMPONENT, CONFIG, FAILED, INTERNAL, TERMINATED, USAGE
from .session import exit_status
from .tether import ALL_STOPPED, SupervisorsEnd

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

logger = logging.getLogger("wasi_messaging.workers")

FIRST_PAUSE, MAX_PAUSE = 0.5, 30.0
"""Seconds before a worker that crashed is started again; each time twice as long."""
STOPPED = "worker %d ended: all its subscriptions have stopped; it is not started again"
REFUSALS = (USAGE, CONFIG, COMPONENT, BROKER)
"""What a worker ends with at its start that every other would end with as well."""
STEADY = 60.0
"""Seconds after which a worker counts as running well."""
NOT_STARTED = (OSError, RuntimeError)
"""What a start raises where memory, processes or descriptors are short; the second: no thread."""
ANSWERING = 2.0
"""Seconds in which a worker must tell its metrics; then it is shown as down."""


class Workers:
    """The processes.

    A worker that crashes is started again, after a pause that grows; so is one that could not be
    started, as nothing but the system was short of something. One whose first start is refused –
    by the command line, the configuration, a component or a broker – ends all of them, unless
    another runs well already: they would meet the same.

    Args:
        arguments: of ``wasi-messaging`` for one worker, to which its number is added.
        count: how many.
        metrics: host and port where the metrics of all are served, if anywhere.
        inherited: open files that they are given, under the same numbers.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        count: int,
        metrics: tuple[str, int] | None = None,
        inherited: Sequence[int] = (),
    ) -> None:
        self._arguments = arguments
        self._count = count
        self._metrics_address = metrics
        self._inherited = inherited
        self._running: dict[int, Process] = {}
        self._since: dict[int, float] = {}
        self._tethers: dict[int, SupervisorsEnd] = {}
        self._restarts = dict.fromkeys(range(1, count + 1), 0)
        self._signals: list[int] = []
        self._sent: set[int] = set()
        self._ending = asyncio.Event()
        self._status = 0

    async def run(self) -> int:
        """Run until stopped; the exit status of all.

        Raises:
            ConfigError: the metrics cannot be served at their address.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stop, number)
        try:
            async with AsyncExitStack() as stack:
                if self._metrics_address is not None:
                    from ..metrics.endpoint import Endpoint  # only who wants them waits for it

                    await stack.enter_async_context(Endpoint(self._metrics_address, self._metrics))
                await asyncio.gather(*map(self._keep, self._restarts))
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)
        return self._status

    async def _metrics(self) -> list[Metric]:
        from ..metrics.workers import collect

        tethers = dict(self._tethers)  # as of now: workers end and start while it is waited
        answers = await asyncio.gather(*(one.metrics(ANSWERING) for one in tethers.values()))
        return collect(self._restarts, dict(zip(tethers, answers, strict=True)))

    async def _keep(self, index: int) -> None:
        """Run one worker, again and again if need be."""
        loop, pause, first = asyncio.get_running_loop(), FIRST_PAUSE, True
        while not self._ending.is_set():
            began = loop.time()
            try:
                process, tether = await self._start(index)
            except NOT_STARTED as error:
                what = f"could not be started ({error})"
            else:
                self._restarts[index] += not first
                status = await self._wait(index, process, tether)
                at_start = first and loop.time() - began <= STEADY
                if self._conclude(index, status, at_start=at_start):
                    return
                what, first = f"ended ({_words(status)})", False
            pause = FIRST_PAUSE if loop.time() - began > STEADY else pause
            logger.error("worker %d %s; again in %g s", index, what, pause)
            await self._sleep(pause)
            pause = min(pause * 2, MAX_PAUSE)

    async def _start(self, index: int) -> tuple[Process, SupervisorsEnd]:
        tether, stdin = await SupervisorsEnd.open(index)
        try:
            with stdin:
                process = await asyncio.create_subprocess_exec(
                    sys.executable,
                    "-P",  # nothing in the current folder is to be imported
                    *("-m", "wasi_messaging.cli", *self._arguments, "--worker", str(index)),
                    stdin=stdin.fileno(),
                    pass_fds=self._inherited,
                    start_new_session=True,  # Ctrl-C is for this process, which passes it on once
                )
        except BaseException:
            await tether.close()
            raise
        return process, tether

    async def _wait(self, index: int, process: Process, tether: SupervisorsEnd) -> int:
        """See a worker to its end; how it ended."""
        self._running[index], self._tethers[index] = process, tether
        self._since[index] = asyncio.get_running_loop().time()
        try:
            if self._ending.is_set():  # it came before there was somebody to pass it to
                process.send_signal(signal.SIGTERM)
            logger.info("worker %d: process %d", index, process.pid)
            return await process.wait()
        finally:
            self._running.pop(index, None)
            self._since.pop(index, None)
            self._tethers.pop(index, None)
            await tether.close()

    def _conclude(self, index: int, status: int, *, at_start: bool) -> bool:
        """Say how a worker ended for good, keep it for the status of all, and end all if that is
        what it means; ``False``: it is to be started again.
        """
        if status == ALL_STOPPED:
            logger.error(STOPPED, index)
            self._status = self._status or FAILED
        elif self._ending.is_set():
            status = self._after_stop(index, status)
            self._status = self._status or status
        elif at_start and status in REFUSALS and not self._one_runs_well:
            logger.error("worker %d ended (%s) at its start; so do all", index, _words(status))
            self._status = status
            self._end(signal.SIGTERM)
        else:
            return False
        return True

    @property
    def _one_runs_well(self) -> bool:
        now = asyncio.get_running_loop().time()
        return any(now - since > STEADY for since in self._since.values())

    def _after_stop(self, index: int, status: int) -> int:
        """Say how a worker ended that was told to, unless that was well; what it adds to all."""
        if status == TERMINATED or -status in self._sent:  # it was not up yet, or was killed
            logger.info("worker %d ended (%s) as it was told", index, _words(status))
            return exit_status(self._signals[-1]) if self._signals else TERMINATED
        if status:
            logger.error("worker %d ended (%s) while it stopped", index, _words(status))
        # Python's own 1 is not ours, which says that messages were not handled.
        return INTERNAL if status < 0 or status == FAILED else status

    async def _sleep(self, seconds: float) -> None:
        """A pause that a stop ends."""
        try:
            async with asyncio.timeout(seconds):
                await self._ending.wait()
        except TimeoutError:
            pass

    def _stop(self, number: int) -> None:
        self._signals.append(number)
        # Before anything is logged: nobody may be reading that, and then it would never happen.
        self._end(signal.SIGKILL if len(self._signals) > 2 else signal.SIGTERM)
        if len(self._signals) == 1:
            logger.info("stopping: %s; again to stop at once", signal.Signals(number).name)

    def _end(self, number: int) -> None:
        self._ending.set()
        self._sent.add(number)
        for process in list(self._running.values()):
            with suppress(ProcessLookupError):  # it has just ended; the others must hear of it
                process.send_signal(number)


def _words(status: int) -> str:
    if status >= 0:
        return f"with {status}"
    try:
        return f"by {signal.Signals(-status).name}"
    except ValueError:  # of those for real time only two have names
        return f"by signal {-status}"
