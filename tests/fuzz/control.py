"""What code does beside calling others: it grows, recurses, goes on for ever, or traps."""

from __future__ import annotations

import random
from collections.abc import Callable

from .wat import FOREVER


def some(chance: random.Random) -> str:
    """One of them."""
    weights = [weight for weight, _ in _WAYS]
    ((_, way),) = chance.choices(_WAYS, weights)
    return way(chance)


def _grow_memory(chance: random.Random) -> str:
    pages = chance.choice((0, 1, 1, 4, 16, 100, 65_536, -1))
    return f"(drop (memory.grow (i32.const {pages})))"


def _grow_table(chance: random.Random) -> str:
    elements = chance.choice((1, 100, 1000, 10_000_000, -1))
    return f"(drop (table.grow $table (ref.null func) (i32.const {elements})))"


def _overwrite(chance: random.Random) -> str:
    """Fill the memory behind the texts, where what calls gave back is."""
    length = chance.choice((1, 64, 4096))
    return f"(memory.fill (global.get $top) (i32.const 255) (i32.const {length}))"


def _recurse(chance: random.Random) -> str:
    depth = chance.choice((10, 100, 1000, 1_000_000_000))
    return f"(call $deep (i32.const {depth}))"


_WAYS: list[tuple[int, Callable[[random.Random], str]]] = [
    (4, _grow_memory),
    (2, _grow_table),
    (3, _overwrite),
    (3, _recurse),
    (1, lambda _: FOREVER),
    (1, lambda _: "(unreachable)"),
]
