"""Metrics of workers that end and start while they are asked."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import pytest
from prometheus_client.metrics_core import Metric
from prometheus_client.process_collector import PROCESS_COLLECTOR

from wasi_messaging.cli import tether as tether_module
from wasi_messaging.cli.tether import SupervisorsEnd, WorkersEnd
from wasi_messaging.cli.workers import Workers
from wasi_messaging.metrics.families import Readings, gauge
from wasi_messaging.metrics.text import dump

PROOF = gauge("proof", "The number of the worker that tells it.")


class Told:
    """A worker's end of the line, which answers when it is told to."""

    def __init__(self, tether: SupervisorsEnd, stdin: socket.socket, number: int) -> None:
        self.tether = tether
        self._stdin = stdin
        self._number = number

    async def asked(self) -> None:
        """Wait for the question."""
        await asyncio.get_running_loop().sock_recv(self._stdin, 100)

    async def answer(self) -> None:
        """Tell its number."""
        readings = Readings()
        readings.add(PROOF, self._number)
        text = dump(readings.families())
        await asyncio.get_running_loop().sock_sendall(self._stdin, b"%d\n%b" % (len(text), text))


@asynccontextmanager
async def told(number: int) -> AsyncIterator[Told]:
    """A worker that is nothing but its end of the line."""
    tether, stdin = await SupervisorsEnd.open(1)
    with stdin:
        stdin.setblocking(False)
        try:
            yield Told(tether, stdin, number)
        finally:
            await tether.close()


async def test_a_worker_reads_of_its_process_in_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its event loop has messages to look after."""
    threads: list[threading.Thread] = []

    def reading() -> list[Metric]:
        threads.append(threading.current_thread())
        return []

    monkeypatch.setattr(PROCESS_COLLECTOR, "collect", reading)
    readings = Readings()
    readings.add(PROOF, 1)
    tether, stdin = await SupervisorsEnd.open(1)
    with stdin:
        monkeypatch.setattr(tether_module, "_STDIN", stdin.fileno())
        async with WorkersEnd(readings.families, lambda: None):
            assert [family.name for family in await tether.metrics(5)] == [PROOF.name]
            await tether.close()
    assert len(threads) == 1
    assert threading.current_thread() not in threads


def values(families: list[Metric], name: str) -> Mapping[str, float]:
    """Number of the worker → value."""
    samples = (sample for family in families for sample in family.samples)
    return {one.labels["worker"]: one.value for one in samples if one.name.endswith(name)}


async def test_a_worker_that_ends_during_a_scrape_is_down() -> None:
    """The others are shown all the same."""
    async with told(1) as first, told(2) as second:
        workers = Workers([], 2)
        workers._tethers = {1: first.tether, 2: second.tether}
        scrape = asyncio.create_task(workers._metrics())
        await first.asked()
        await second.asked()
        del workers._tethers[2]
        await second.tether.close()
        await first.answer()
        families = await scrape
    assert values(families, "worker_up") == {"1": 1, "2": 0}
    assert values(families, "proof") == {"1": 1}


async def test_a_worker_that_is_started_again_during_a_scrape_takes_no_others_place() -> None:
    """What each told has its own number."""
    async with told(1) as first, told(2) as second, told(1) as again:
        workers = Workers([], 2)
        workers._tethers = {1: first.tether, 2: second.tether}
        scrape = asyncio.create_task(workers._metrics())
        await first.asked()
        await second.asked()
        await first.answer()
        del workers._tethers[1]
        workers._tethers[1] = again.tether  # the last one now
        await second.answer()
        families = await scrape
    assert values(families, "proof") == {"1": 1, "2": 2}


async def test_a_silent_worker_is_named_once(caplog: pytest.LogCaptureFixture) -> None:
    """Not at each scrape, until it has answered again."""
    tether, stdin = await SupervisorsEnd.open(3)
    with stdin:
        assert await tether.metrics(0.01) == []
        assert await tether.metrics(0.01) == []
        await tether.close()
    assert [one.getMessage() for one in caplog.records if one.levelname == "WARNING"] == [
        "worker 3 does not tell its metrics within 0.01 s"
    ]
