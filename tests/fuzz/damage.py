"""Bytes that are no component, and components that were damaged."""

from __future__ import annotations

import random
from dataclasses import dataclass

from .candidate import Candidate
from .candidates import give_messages, settings
from .tally import Tally


@dataclass(slots=True)
class Originals:
    """Valid components to damage.

    Attributes:
        components: the content of some.
    """

    components: list[bytes]

    def damaged(self, seed: int, number: int) -> Candidate:
        """Bytes that may be a component."""
        chance = random.Random(f"bytes {seed} {number}")
        candidate = Candidate(Tally(number), self._bytes(chance), alone=True)
        candidate.settings = settings(chance) | {"memory": "8MiB", "max_handles": 1000}
        give_messages(candidate, chance)
        return candidate

    def _bytes(self, chance: random.Random) -> bytes:
        roll = chance.random()
        if roll < 0.02:
            return b""
        if roll < 0.05:
            return chance.randbytes(chance.choice((1, 8, 100, 10_000)))
        if roll < 0.08:  # the first bytes of a component, or of a module, and noise
            kind = chance.choice((b"\x0d\0\x01\0", b"\x01\0\0\0", b"\x0d\0\x02\0"))
            return b"\0asm" + kind + chance.randbytes(chance.choice((0, 1, 30, 1000)))
        original = chance.choice(self.components)
        if roll < 0.18:
            return original[: chance.randrange(len(original))]
        if roll < 0.6:
            return _flipped(original, chance)
        if roll < 0.8:
            return _spliced(original, chance.choice(self.components), chance)
        return _sections_shuffled(original, chance)


def _flipped(content: bytes, chance: random.Random) -> bytes:
    """A few bytes are others."""
    changed = bytearray(content)
    for _ in range(chance.choice((1, 1, 1, 2, 3, 10))):
        at = chance.randrange(len(changed))
        way = chance.randrange(4)
        if way == 0:
            changed[at] ^= 1 << chance.randrange(8)
        elif way == 1:
            changed[at] = chance.choice((0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)))
        elif way == 2:
            del changed[at]
        else:
            changed.insert(at, chance.randrange(256))
    return bytes(changed)


def _spliced(one: bytes, other: bytes, chance: random.Random) -> bytes:
    """The beginning of one and the end of another, or a piece of it in between."""
    first, second = chance.randrange(len(one)), chance.randrange(len(other))
    length = chance.choice((1, 16, 200, len(other)))
    rest = first if chance.random() < 0.5 else min(len(one), first + length)
    return one[:first] + other[second : second + length] + one[rest:]


def _sections_shuffled(content: bytes, chance: random.Random) -> bytes:
    """Its sections are left out, doubled, or in another order; each is whole."""
    parts = sections(content)
    for _ in range(chance.choice((1, 1, 2))):
        at = chance.randrange(len(parts))
        way = chance.randrange(3)
        if way == 0 and len(parts) > 1:
            del parts[at]
        elif way == 1:
            parts.insert(chance.randrange(len(parts) + 1), parts[at])
        else:
            other = chance.randrange(len(parts))
            parts[at], parts[other] = parts[other], parts[at]
    return content[:8] + b"".join(parts)


def sections(content: bytes) -> list[bytes]:
    """The sections of a valid component, with their headers."""
    found, at = [], 8
    while at < len(content):
        size, shift, end = 0, 0, at + 1
        while True:
            byte = content[end]
            size |= (byte & 0x7F) << shift
            shift, end = shift + 7, end + 1
            if byte < 0x80:
                break
        found.append(content[at : end + size])
        at = end + size
    return found
