"""What a campaign has found, for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field

SHOWN = 12
"""Numbers of messages that a line names at most."""


@dataclass(slots=True)
class Report:
    """The figures of one campaign.

    Attributes:
        seed: it can be had again with.
        broker: ``nats`` or ``embedded``.
        sends: ``immediate`` or ``on-success``.
        published: attempts to publish, those included whose confirmation was lost.
        confirmed: messages that the broker took responsibility for.
        deliveries: how often it gave out a message to the hosts, by its own count.
        handled: confirmed messages of which everything came out.
        duplicates: messages in the output beyond the first of each; with ``immediate``, only of
            those whose guest does not fail by itself.
        lost: confirmed messages without their effect.
        leaked: messages in the output of handlings that failed; not counted with ``immediate``.
        dead_lettered: messages that never succeed and are in dead letters.
        exhausted: messages in dead letters that would have succeeded.
        both: … that came out as well.
        dead_letters: dead letters altogether.
        hits: those survived, by kind.
        host_starts: processes started.
        failed_starts: … that found no broker.
        longest_gap: seconds of the longest time under load in which nothing came out.
        seconds: it took.
        problems: what was wrong, in words; empty if all is well.
    """

    seed: int
    broker: str
    sends: str
    published: int = 0
    confirmed: int = 0
    deliveries: int = 0
    handled: int = 0
    duplicates: int = 0
    lost: int = 0
    leaked: int = 0
    dead_lettered: int = 0
    exhausted: int = 0
    both: int = 0
    dead_letters: int = 0
    hits: dict[str, int] = field(default_factory=dict)
    host_starts: int = 0
    failed_starts: int = 0
    longest_gap: float = 0.0
    seconds: float = 0.0
    problems: list[str] = field(default_factory=list)

    def as_json(self) -> str:
        """One object."""
        return json.dumps(asdict(self), indent=2)

    def as_table(self) -> str:
        """A line for each figure."""
        rows: list[tuple[str, object]] = [
            ("seed", self.seed),
            ("broker, sends", f"{self.broker}, {self.sends}"),
            ("attempts to publish", self.published),
            ("confirmed", self.confirmed),
            ("deliveries", self.deliveries),
            ("handled", self.handled),
            ("duplicates", self.duplicates),
            ("lost", self.lost),
            ("from failed handlings", self.leaked if self.sends == "on-success" else "-"),
            ("dead-lettered, rightly", self.dead_lettered),
            ("dead-lettered by kills", f"{self.exhausted}, of them came out too: {self.both}"),
            ("dead letters", self.dead_letters),
            *((f"survived: {kind}", number) for kind, number in self.hits.items()),
            ("hosts started", f"{self.host_starts}, found no broker: {self.failed_starts}"),
            ("longest gap in the output", f"{self.longest_gap:.2f} s"),
            ("duration", f"{self.seconds:.1f} s"),
        ]
        width = max(len(name) for name, _ in rows)
        lines = [
            f"{name:<{width}}  {value:>10,}"
            if isinstance(value, int) and name != "seed"
            else f"{name:<{width}}  {value!s:>10}"
            for name, value in rows
        ]
        return "\n".join([*lines, *(f"PROBLEM: {problem}" for problem in self.problems)])


def some(numbers: Iterable[int]) -> str:
    """The first few numbers."""
    listed = sorted(set(numbers))
    more = f" and {len(listed) - SHOWN:,} more" if len(listed) > SHOWN else ""
    return ", ".join(str(number) for number in listed[:SHOWN]) + more
