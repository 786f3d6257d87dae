"""Carries a plan out."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from collections.abc import Callable, Iterable

from .brokers import Broker
from .hosts import HostProcess
from .plan import CONNECTION, Hit, Kind

SIGNALS = {Kind.KILL_HOST: signal.SIGKILL, Kind.TERM_HOST: signal.SIGTERM}


class Striker:
    """Hits hosts, broker and connections, one after another.

    Args:
        hosts: the hosts.
        broker: the broker, with its proxies.
        careful: strike only while every host works: one at a time is away at most.

    Attributes:
        struck: hits that met somebody, by kind.
    """

    def __init__(self, hosts: list[HostProcess], broker: Broker, *, careful: bool = False) -> None:
        self.struck: Counter[Kind] = Counter()
        self._hosts = hosts
        self._broker = broker
        self._careful = careful

    async def carry_out(self, plan: Iterable[Hit], progress: Callable[[], None]) -> None:
        """Everything in the plan."""
        for hit in plan:
            if self._careful:
                for host in self._hosts:
                    await host.working()
            await asyncio.sleep(hit.pause)
            self.struck[hit.kind] += await self._strike(hit)
            progress()

    async def _strike(self, hit: Hit) -> bool:
        if hit.kind in CONNECTION:
            return await self._strike_connection(hit)
        if hit.kind is Kind.KILL_BROKER:
            return await self._broker.kill(hit.away)
        host = self._hosts[hit.host]
        if not hit.early:
            await host.working()
        return host.strike(SIGNALS[hit.kind])

    async def _strike_connection(self, hit: Hit) -> bool:
        proxy = self._broker.proxies[hit.host]
        if not hit.early:
            await self._hosts[hit.host].working()
        match hit.kind:
            case Kind.CUT:
                proxy.cut()
            case Kind.CUT_MID:
                proxy.cut_after(hit.octets)
            case Kind.STALL:
                proxy.stall()
                await asyncio.sleep(hit.away)
                proxy.go_on()
            case _:
                proxy.refuse = True
                proxy.cut()
                await asyncio.sleep(hit.away)
                proxy.refuse = False
        return True
