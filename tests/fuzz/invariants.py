"""What must hold of a host, whatever its components do."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from wasi_messaging import Host
from wasi_messaging.brokers.memory import MemoryBroker
from wasi_messaging.component import Counters
from wasi_messaging.decisions import Decision

from .tally import CANCELLED, outcome

ENDS = ("handled", "errors", "traps", "deadlines", "failures", "cancelled")
"""Counters of which each handling counts in one."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """What was seen of one component.

    Attributes:
        published: messages that were published for it.
        direct: how those ended that the program gave to it.
        decided: what the host decided about those from the broker.
    """

    published: int
    direct: Counter[str]
    decided: list[Decision]


def final(decided: list[Decision]) -> list[Decision]:
    """How published messages ended; those are not meant that components sent to each other."""
    return [
        one
        for one in decided
        if one.action != "retry" and (one.message.topic or "").startswith("in.")
    ]


def counted_wrongly(counters: Counters, ledger: Ledger) -> Iterator[str]:
    """Every handling is counted once, and every published message settled once."""
    expected = expected_counters(ledger)
    if ledger.direct[CANCELLED]:  # these may have ended in any way before they could be stopped
        total = sum(expected[key] for key in ENDS)
        if (counted := sum(getattr(counters, key) for key in ENDS)) != total:
            yield f"{counted} outcomes are counted where there were {total}: {counters}"
        expected = {key: number for key, number in expected.items() if key not in ENDS}
    for key, number in expected.items():
        if (counted := getattr(counters, key)) != number:
            yield f"{counted} {key} are counted where there were {number}: {counters}"
    if (settled := len(final(ledger.decided))) != ledger.published:
        yield f"{settled} decisions on {ledger.published} messages"


def expected_counters(ledger: Ledger) -> dict[str, int]:
    """What a component's counters must be."""
    decided = Counter(outcome(one.error) or "of the host" for one in ledger.decided)
    ends, actions = ledger.direct + decided, Counter(one.action for one in ledger.decided)
    return {
        "handled": ends["ok"],
        "errors": ends["error"],
        "traps": ends["trap"] + ends["limit"],
        "deadlines": ends["deadline"],
        "failures": ends["too large"] + ends["not released"] + ends["of the host"],
        "cancelled": ends[CANCELLED],
        "retried": actions["retry"],
        "dropped": actions["drop"],
        "dead_lettered": 0,
        "lost": 0,
    }


def instances_astray(host: Host, name: str) -> Iterator[str]:
    """When nothing is left to do, every instance is idle, and there are not more than allowed."""
    component = host._components[name]
    limit = component.config.instances
    numbers = host._dispatcher._engine.statistics(component.id)
    busy = numbers["running"] or numbers["waiting"]
    if busy or numbers["instances"] != numbers["idle"] or numbers["idle"] > limit:
        yield f"of {limit} instances there are {numbers}"


def queued(host: Host) -> bool:
    """Whether messages that components sent to each other wait, or are being handled."""
    broker = host.broker()
    assert isinstance(broker, MemoryBroker)
    bus = broker._connected
    return bool(bus.leased) or any(group.waiting for group in bus.groups.values())


class Watch(logging.Handler):
    """Takes the exceptions in the log, which nobody else would see.

    Args:
        problem: is told of each.
    """

    def __init__(self, problem: Callable[[str], None]) -> None:
        super().__init__(logging.WARNING)
        self._problem = problem

    def emit(self, record: logging.LogRecord) -> None:
        """Take a record."""
        if record.exc_info and record.exc_info[1] is not None:
            self._problem(f"{record.getMessage()}: {record.exc_info[1]!r}")
