"""Latencies of an open loop, as the generator counts them, and whether it held its rate."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

Turn = dict[str, Any]
"""The generator's answer of one round."""

LATE = 0.1
"""Seconds after the last message in which everything has to be back, or the rate was not held."""


FEWEST = 10
"""Messages beyond a quantile, or it means nothing."""


def lost(rounds: Sequence[Turn]) -> int:
    """Messages that did not come back."""
    return sum(turn["lost"] for turn in rounds)


def held(rounds: Sequence[Turn]) -> bool:
    """Whether the rate was kept in every round, and everything came back in time."""
    late = any(turn["gave_up"] or turn["late"] > LATE for turn in rounds)
    return not (late or lost(rounds))


def pooled(rounds: Sequence[Turn]) -> Counter[int]:
    """Microseconds → how many messages took so long, in all of the rounds."""
    counts: Counter[int] = Counter()
    for turn in rounds:
        for microseconds, count in turn["latencies"]:
            counts[microseconds] += count
    return counts


def quantile(counts: Counter[int], share: float) -> float:
    """The microseconds that this share of the messages did not exceed.

    Raises:
        LookupError: there were no messages.
    """
    if not counts:
        raise LookupError("no messages")
    left = share * counts.total()
    for microseconds in sorted(counts):
        left -= counts[microseconds]
        if left <= 0:
            break
    return float(microseconds)


def is_told(counts: Counter[int], share: float) -> bool:
    """Whether there are messages enough beyond a quantile to say what it is."""
    total = counts.total()
    return total - total * share >= FEWEST


def is_told_each_round(rounds: Sequence[Turn], share: float) -> bool:
    """Whether even the round with the fewest messages has enough."""
    return all(is_told(pooled([turn]), share) for turn in rounds)


def each_round(rounds: Sequence[Turn], share: float) -> list[float]:
    """The quantile of every round on its own.

    Raises:
        LookupError: there were no messages in one.
    """
    return [quantile(pooled([turn]), share) for turn in rounds]
