"""A trial: components of unknown virtue in one host, messages for each, and what must hold."""

from __future__ import annotations

import asyncio
import logging
import random
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from wasi_messaging import ComponentError, Config, Host, Message, MessagingError
from wasi_messaging.decisions import Decision
from wasi_messaging.testing import collect

from .candidate import Candidate
from .invariants import Ledger, Watch, counted_wrongly, final, instances_astray, queued
from .tally import REFUSED, STOPPED, outcome

SLACK = 10.0
"""Seconds beyond what a thing may take before it hangs; the machine may be busy."""
DEADLINE = 0.04
"""Seconds of a handling."""
ATTEMPTS = 2
KNOWN_GOOD = "echo"


class Trial:
    """Runs candidates together in one host, beside a component that is known to work.

    Args:
        candidates: those to try.
        folder: empty; for component files and their compiled forms.
        good: path of the component that works: it sends what it gets to ``out``.
    """

    def __init__(self, candidates: list[Candidate], folder: Path, good: Path) -> None:
        self._by_name = {f"c{index}": each for index, each in enumerate(candidates)}
        self._folder = folder
        self._good = good
        self._decided: dict[str, list[Decision]] = {name: [] for name in self._by_name}
        self._direct: dict[str, Counter[str]] = {name: Counter() for name in self._by_name}
        self._all_settled = asyncio.Event()
        stops = [each.stopped_after for each in candidates if each.stopped_after is not None]
        self._stopped_after = min(stops, default=None)
        self._deliveries: asyncio.Future[list[None]] | None = None

    async def run(self) -> None:
        """Do it. Everything found is in the tallies."""
        with self._watching():
            try:
                async with self._hosting() as host:
                    await self._try(host)
                if self._deliveries is not None:
                    await self._deliveries
            except ComponentError as error:
                await self._refused(error)
            except Exception as error:
                self._problem(f"the host ended with {error!r}")
        left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        if left:
            self._problem(f"tasks are left behind: {left}")

    async def _refused(self, error: ComponentError) -> None:
        """A host does not start with a component that cannot run: find out which."""
        if len(self._by_name) > 1:
            for index, candidate in enumerate(self._by_name.values()):
                folder = self._folder / f"alone-{index}"
                folder.mkdir()
                await Trial([candidate], folder, self._good).run()
            return
        (candidate,) = self._by_name.values()
        words = str(error)
        if "c0" not in words:
            self._problem(f"the error does not name the component: {words!r}")
        candidate.tally.outcomes[REFUSED] += 1

    @asynccontextmanager
    async def _hosting(self) -> AsyncIterator[Host]:
        host = Host(self._config(), cache=self._folder / "cache", observer=self._observe)
        async with asyncio.timeout(SLACK * 6):
            await host.__aenter__()
        try:
            yield host
        finally:
            async with asyncio.timeout(SLACK * 2):
                await host.__aexit__(None, None, None)

    def _config(self) -> Config:
        components: dict[str, object] = {
            KNOWN_GOOD: {
                "path": str(self._good),
                "instances": 1,
                "permissions": {"default": {"send": ["out"]}},
            }
        }
        for name, candidate in self._by_name.items():
            path = self._folder / f"{name}.wasm"
            path.write_bytes(candidate.component)
            retry = {"attempts": ATTEMPTS, "initial": "1ms"}
            topics = [{"topic": f"in.{name}.>", "retry": retry}]
            if candidate.asked:
                once = {"attempts": 1}
                topics.append({"topic": f"ask.{name[1:]}", "retry": once})
            components[name] = {
                "path": str(path),
                "deadline": f"{DEADLINE:g}s",
                "permissions": {
                    "default": {"send": ["out", "out.>", "ask.*"], "request": ["ask.*", "out"]},
                    "other": {"send": [">"], "request": [">"]},
                },
                "subscriptions": [{**each, "on_exhausted": "drop"} for each in topics],
                **candidate.settings,
            }
        clients = {"default": {"url": "memory:"}, "other": {"url": "memory:"}}
        return Config.from_dict({"clients": clients, "components": components, "drain": "5s"})

    # -- what happens -----------------------------------------------------------------------------

    async def _try(self, host: Host) -> None:
        messages = [
            self._deliver(host, name, message)
            for name, candidate in self._by_name.items()
            for message in candidate.direct
        ]
        self._deliveries = asyncio.gather(*messages)
        self._publish(host)
        if self._stopped_after is not None:
            await asyncio.sleep(self._stopped_after)
            host.stop(now=True)
            return
        await self._deliveries
        await self._settled(host)
        self._check(host)
        await self._check_good(host)

    def _check(self, host: Host) -> None:
        if host._dispatcher.running:
            self._problem(f"{host._dispatcher.running} handlings run for nobody")
        for name, candidate in self._by_name.items():
            ledger = Ledger(len(candidate.published), self._direct[name], self._decided[name])
            counters = host.counters(name)
            candidate.tally.problems += counted_wrongly(counters, ledger)
            candidate.tally.operations.update(
                {"sent": counters.sent, "failed": counters.send_errors, "denied": counters.denied}
            )
            candidate.tally.problems += instances_astray(host, name)

    def _publish(self, host: Host) -> None:
        for name, candidate in self._by_name.items():
            for message in candidate.published:
                completion = host.broker().publish(f"in.{name}.x", message)
                assert completion is None, "the queue has room for everything"
        self._look()

    async def _deliver(self, host: Host, name: str, message: Message) -> None:
        candidate = self._by_name[name]
        error: BaseException | None = None
        delivery = asyncio.ensure_future(host.deliver(name, message))
        patience = candidate.cancelled_after
        await asyncio.wait({delivery}, timeout=self._patience(candidate, patience))
        if not delivery.done() and patience is None:
            candidate.tally.problems.append("a handling did not end at its deadline")
        delivery.cancel()
        try:
            await delivery
        except (Exception, asyncio.CancelledError) as raised:
            error = raised
        self._count(name, error)

    def _patience(self, candidate: Candidate, limit: float | None = None) -> float:
        """Seconds for everything that is to be done before a message, one after another."""
        if limit is not None:
            return limit
        count = len(candidate.direct) + ATTEMPTS * len(candidate.published)
        return SLACK + DEADLINE * count * len(self._by_name)

    def _count(self, name: str, error: BaseException | None) -> None:
        tally = self._by_name[name].tally
        ended = outcome(error)
        if ended is None or (ended == STOPPED and self._stopped_after is None):
            tally.problems.append(f"a handling ended with {error!r}")
            return
        if isinstance(error, MessagingError) and not str(error):
            tally.problems.append(f"an error without a word: {error!r}")
        self._direct[name][ended] += 1
        tally.outcomes[ended] += 1

    def _observe(self, decision: Decision) -> None:
        if decision.component == KNOWN_GOOD:
            return
        self._decided[decision.component].append(decision)
        tally = self._by_name[decision.component].tally
        ended = outcome(decision.error)
        if ended is None:
            tally.problems.append(f"a handling ended with {decision.error!r}")
        else:
            tally.outcomes[ended] += 1
        self._look()

    def _look(self) -> None:
        """Whether every published message is settled."""
        if all(
            len(final(self._decided[name])) >= len(candidate.published)
            for name, candidate in self._by_name.items()
        ):
            self._all_settled.set()

    async def _settled(self, host: Host) -> None:
        """Return when there is nothing left to do."""
        patience = max(map(self._patience, self._by_name.values()))
        try:
            async with asyncio.timeout(patience):
                await self._all_settled.wait()
                await host._dispatcher.wait_idle()
                while queued(host):
                    await asyncio.sleep(0.002)
                    await host._dispatcher.wait_idle()
        except TimeoutError:
            self._problem(f"published messages are not settled after {patience:g} s")

    async def _check_good(self, host: Host) -> None:
        """The host still does its work."""
        async with collect(host.broker(), "out") as sent:
            body = random.randbytes(8)
            async with asyncio.timeout(SLACK):
                await host.deliver(KNOWN_GOOD, Message(body, topic="good"))
            (copy,) = await sent.wait(1)
        if copy.data != body or copy.metadata != (("from", "good"),):
            self._problem(f"a good component sent {copy!r}")

    # -- what must not happen ---------------------------------------------------------------------

    def _problem(self, text: str) -> None:
        """It may be of any of them."""
        for candidate in self._by_name.values():
            candidate.tally.problems.append(text)

    @contextmanager
    def _watching(self) -> Iterator[None]:
        """Exceptions that nobody sees are seen."""
        loop, logger, watch = asyncio.get_running_loop(), logging.getLogger(), Watch(self._problem)
        loop.set_exception_handler(lambda _, context: self._problem(f"unhandled: {context}"))
        logger.addHandler(watch)
        try:
            yield
        finally:
            logger.removeHandler(watch)
            loop.set_exception_handler(None)
