"""What is hit and when: drawn from a seed, so that a campaign can be had again.

The same seed gives the same hits in the same order with the same pauses. What they meet differs
from run to run all the same: it depends on the machine how far everybody has come by then.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """A kind of hit."""

    KILL_HOST = "host kill -9"
    TERM_HOST = "host SIGTERM"
    KILL_BROKER = "broker kill -9"
    CUT = "connection cut"
    CUT_MID = "connection cut in mid-frame"
    STALL = "connection stalled"
    REFUSE = "connections refused"


KILLS = frozenset({Kind.KILL_HOST, Kind.KILL_BROKER})
"""What ``--kills`` counts; everything else comes on top."""
CONNECTION = frozenset({Kind.CUT, Kind.CUT_MID, Kind.STALL, Kind.REFUSE})

WEIGHTS = {
    Kind.KILL_HOST: 45,
    Kind.KILL_BROKER: 10,
    Kind.TERM_HOST: 12,
    Kind.CUT: 14,
    Kind.CUT_MID: 12,
    Kind.STALL: 4,
    Kind.REFUSE: 3,
}
PAUSES = 0.02, 0.5
"""Seconds between the end of a hit and the next."""
AWAY = 0.05, 0.6
"""Seconds that a broker stays away, a connection stalls or nobody is let in."""
LONG, LONG_SHARE = (2.5, 3.5), 0.2
"""… and of this part of the stalls: longer than a lease, so that another host gets the messages
while the stalled one has them too."""
MID_FRAME = 1, 4000
"""Bytes that still pass before a connection is cut."""
EARLY = 0.15
"""Part of the hits on a host that do not wait until it works again."""
SETTLED = 0.5
"""Seconds between a host's return and the next restart, when they are restarted in turn."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that goes wrong.

    Attributes:
        kind: what.
        pause: seconds before it.
        host: the number of the host, or of the host whose connection it is.
        early: strike even while the host is still starting.
        away: seconds that it lasts, where it lasts.
        octets: bytes that still pass, where it is one that counts them.
    """

    kind: Kind
    pause: float
    host: int
    early: bool
    away: float
    octets: int


def draw(seed: int, kills: int, *, hosts: int, kinds: Iterable[Kind] = Kind) -> list[Hit]:
    """A plan with so many kills of hosts and broker, and what else its weights give.

    Args:
        seed: same seed, same plan.
        kills: how many hits are to be :data:`KILLS`; with kinds among which there is none of
            these, how many hits there are.
        hosts: how many hosts there are.
        kinds: those that can happen to this broker.
    """
    dice = random.Random(seed)
    possible = [kind for kind in Kind if kind in set(kinds)]
    counted = KILLS & set(possible) or frozenset(possible)
    weights = [WEIGHTS[kind] for kind in possible]
    hits: list[Hit] = []
    while kills > 0:
        kind = dice.choices(possible, weights)[0]
        long = kind is Kind.STALL and dice.random() < LONG_SHARE
        hits.append(
            Hit(
                kind,
                pause=dice.uniform(*PAUSES),
                host=dice.randrange(hosts),
                early=dice.random() < EARLY,
                away=dice.uniform(*(LONG if long else AWAY)),
                octets=dice.randint(*MID_FRAME),
            )
        )
        kills -= kind in counted
    return hits


def rolling(rounds: int, *, hosts: int, hard: bool) -> list[Hit]:
    """Every host restarted in turn, so often: as an administrator does it, or (hard) a crash."""
    kind = Kind.KILL_HOST if hard else Kind.TERM_HOST
    return [
        Hit(kind, pause=SETTLED, host=host, early=False, away=0.0, octets=0)
        for _ in range(rounds)
        for host in range(hosts)
    ]
