"""One campaign from beginning to end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from . import plan
from .audit import Auditor, Verdict, judge
from .brokers import Broker, Embedded, embedded_server, real_server
from .hosts import HostProcess
from .line import FAILURES, Line, ignore_leftovers
from .plan import Hit, Kind
from .producer import Producer
from .report import Report, some
from .setting import GROUP, IN_FLIGHT, prepare
from .strikes import Striker
from .work import Work

PATIENCE = 20.0
"""Seconds without anything new before what is missing is missing for good."""
LOOKING = 0.25

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Of a campaign.

    Attributes:
        seed: of plan and messages.
        kills: hits with ``kill -9``; with ``rolling``, how often each host is restarted.
        embedded: ``embedded:`` hosts instead of a nats-server.
        exactly_once: ``sends = "on-success"``.
        rolling: hosts are restarted in turn, and nothing else happens.
        hard: … by SIGKILL instead of SIGTERM.
        rate: messages a second.
        hosts: how many.
    """

    seed: int
    kills: int
    embedded: bool = False
    exactly_once: bool = False
    rolling: bool = False
    hard: bool = False
    rate: float = 300.0
    hosts: int = 2

    def plan(self) -> list[Hit]:
        """What is hit."""
        if self.rolling:
            return plan.rolling(self.kills, hosts=self.hosts, hard=self.hard)
        kinds = Embedded.kinds if self.embedded else Kind
        return plan.draw(self.seed, self.kills, hosts=self.hosts, kinds=kinds)

    def work(self) -> Work:
        """What is published. Two messages for each show it if only one was released."""
        return Work(self.seed, copies=2 if self.exactly_once else 1, plain=self.rolling)

    def report(self) -> Report:
        """An empty one."""
        return Report(
            self.seed,
            "embedded" if self.embedded else "nats",
            "on-success" if self.exactly_once else "immediate",
        )

    def duplicates_allowed(self) -> float:
        """What a crash may leave: sent on, and not acknowledged yet."""
        if self.exactly_once or (self.rolling and not self.hard):
            return 0
        return self.kills * self.hosts * IN_FLIGHT if self.rolling else float("inf")


async def run(settings: Settings, folder: Path, say: Say) -> Report:
    """Do it. What went wrong is in the report; what cannot go on is raised.

    Args:
        settings: what to do.
        folder: for configurations and logs; new.
        say: takes a line of progress.
    """
    began = time.monotonic()
    asyncio.get_running_loop().set_exception_handler(ignore_leftovers)
    async with _broker(settings, folder) as broker:
        campaign = _Campaign(settings, folder, broker, say)
        try:
            await campaign.run()
        finally:
            broker.save_log(folder)
    campaign.report.seconds = time.monotonic() - began
    return campaign.report


@asynccontextmanager
async def _broker(settings: Settings, folder: Path) -> AsyncIterator[Broker]:
    if settings.embedded:
        async with embedded_server(folder) as server:
            yield server
    else:
        async with real_server(settings.hosts) as proxied:
            yield proxied


class _Campaign:
    def __init__(self, settings: Settings, folder: Path, broker: Broker, say: Say) -> None:
        self.report = settings.report()
        self._settings = settings
        self._say = say
        self._line = Line(broker.address)
        self._work = settings.work()
        folders = prepare(folder, settings.hosts, broker, exactly_once=settings.exactly_once)
        self._hosts = [HostProcess(each) for each in folders]
        self._striker = Striker(self._hosts, broker, careful=settings.rolling)
        self._producer = Producer(self._line, broker.prefix, self._work, settings.rate)
        self._loaded_until = 0.0
        self._auditor = Auditor(self._line, broker.stream, broker.prefix, GROUP)

    async def run(self) -> None:
        try:
            async with AsyncExitStack() as stack:
                for host in self._hosts:
                    await stack.enter_async_context(host.running())
                for host in self._hosts:
                    await host.working()
                await self._hit()
                await self._drain()
                await self._count()
        except TimeoutError as error:
            self.report.problems.append(str(error) or "something took too long")
        finally:
            await self._line.close()
        self._look_at_hosts()

    async def _hit(self) -> None:
        hits = self._settings.plan()
        done = 0

        def progress() -> None:
            nonlocal done
            done += 1
            if done % 20 == 0 or done == len(hits):
                confirmed = len(self._producer.confirmed)
                self._say(f"{done:,} of {len(hits):,} hits, {confirmed:,} messages")

        try:
            async with self._producer.running():
                await self._striker.carry_out(hits, progress)
        except TimeoutError as error:  # what came of it so far is still counted
            self.report.problems.append(str(error) or "something took too long")
        self._loaded_until = time.time()

    async def _drain(self) -> None:
        """Wait until everything has its effect, as long as there is something new."""
        ledger, seen, since = self._auditor.ledger, -1, time.monotonic()
        while True:
            idle = await self._read()
            if idle and not self._verdict().lost:
                return
            if ledger.last != seen:
                seen, since = ledger.last, time.monotonic()
            elif time.monotonic() - since > PATIENCE:
                if not idle:
                    self.report.problems.append("the group has messages left, and nothing moves")
                return
            await asyncio.sleep(LOOKING)

    async def _read(self) -> bool:
        """Read on; whether the group has come to the end."""
        try:
            await self._auditor.read()
            idle = await self._auditor.idle()
            await self._auditor.read()  # what was settled meanwhile has left its traces by now
        except FAILURES:
            await self._line.close()
            return False
        return idle

    def _verdict(self) -> Verdict:
        return judge(
            self._work,
            self._producer.confirmed,
            self._auditor.ledger,
            exactly_once=self._settings.exactly_once,
        )

    async def _count(self) -> None:
        report, verdict, ledger = self.report, self._verdict(), self._auditor.ledger
        report.published = self._producer.published
        report.confirmed = len(self._producer.confirmed)
        report.deliveries = await self._auditor.deliveries()
        report.handled = verdict.handled
        report.duplicates = len(verdict.duplicates)
        report.lost = len(verdict.lost)
        report.leaked = len(verdict.leaked)
        report.dead_lettered = verdict.doomed
        report.exhausted = len(verdict.exhausted)
        report.both = len(verdict.both)
        report.dead_letters = ledger.dead.total()
        report.longest_gap = ledger.longest_gap(self._loaded_until)
        self._find_fault(verdict)

    def _find_fault(self, verdict: Verdict) -> None:
        problems = self.report.problems
        if verdict.lost:
            problems.append(f"lost: {some(verdict.lost)}")
        if len(verdict.duplicates) > self._settings.duplicates_allowed():
            problems.append(f"came twice: {some(verdict.duplicates)}")
        if self._settings.exactly_once and verdict.leaked:
            problems.append(f"sent though the handling failed: {some(verdict.leaked)}")

    def _look_at_hosts(self) -> None:
        report, struck = self.report, self._striker.struck
        report.hits = {kind.value: struck[kind] for kind in Kind if struck[kind]}
        report.host_starts = sum(host.starts for host in self._hosts)
        report.failed_starts = sum(host.failed_starts for host in self._hosts)
        for host in self._hosts:
            report.problems.extend(host.problems)
