"""The inputs that are components: random programs, and random or damaged bytes."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from pathlib import Path

from wasi_messaging import Message, _engine

from . import component, messages
from .messages import Range
from .tally import Tally
from .trial import Candidate

TAME = Range(odd=0.05, large=0.0)


def program(seed: int, number: int) -> tuple[Candidate, str]:
    """A random program, and its text."""
    chance = random.Random(f"program {seed} {number}")
    written = component.write(chance)
    candidate = Candidate(Tally(number), _engine.parse_text(written.text))
    candidate.settings = settings(chance)
    candidate.asked = not written.wild
    candidate.alone = written.risky
    _give_messages(candidate, chance)
    return candidate, written.text


def settings(chance: random.Random) -> dict[str, object]:
    """Of a component; its limits are near."""
    chosen: dict[str, object] = {
        "instances": chance.choice((1, 2, 2, 3)),
        "isolation": chance.choice(("instance", "instance", "message")),
        "memory": chance.choice(("192KiB", "1MiB", "1MiB", "8MiB")),
        "max_handles": chance.choice((8, 64, 1000)),
        "max_table_elements": chance.choice((4, 200, 100_000)),
        "max_sends_per_handling": chance.choice((1, 10, 20)),
        "max_message_size": chance.choice(("1KiB", "64KiB", "64KiB")),
        "max_metadata_pairs": chance.choice((5, 100, 100, 100)),
        "max_metadata_size": chance.choice(("100B", "16KiB", "16KiB", "16KiB")),
        "sends": chance.choice(("immediate", "on-success")),
        "log_lines_per_second": 10,
    }
    if chance.random() < 0.2:
        chosen["fuel"] = chance.choice((100, 10_000, 1_000_000))
    if chance.random() < 0.3:
        chosen["max_messages_per_instance"] = chance.choice((1, 2, 5))
    return chosen


def _give_messages(candidate: Candidate, chance: random.Random) -> None:
    """Some from the program, some from the broker."""
    for _ in range(chance.choice((1, 2, 2, 4))):
        topic = chance.choice(("in", "x", "ask.me", None))
        candidate.direct.append(_deliverable(chance, topic))
    for _ in range(chance.choice((0, 0, 1, 2))):
        candidate.published.append(_deliverable(chance, None))


def _deliverable(chance: random.Random, topic: str | None) -> Message:
    """A message that every broker in this process takes."""
    while True:
        message = messages.message(chance, topic, TAME)
        if message.flaw is None:
            return message


# -- bytes -------------------------------------------------------------------------------------------


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
        candidate.settings = settings(chance) | {"memory": "1MiB", "max_handles": 1000}
        _give_messages(candidate, chance)
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


# -- files -------------------------------------------------------------------------------------------


def save(candidate: Candidate, text: str | None, path: Path) -> None:
    """Write a candidate so that it can be had again and changed by hand: see :func:`load`."""
    how = {
        "settings": candidate.settings,
        "asked": candidate.asked,
        "direct": [written(message) for message in candidate.direct],
        "published": [written(message) for message in candidate.published],
    }
    path.with_suffix(".json").write_text(json.dumps(how, indent=1) + "\n", encoding="utf-8")
    if text is None:
        path.with_suffix(".wasm").write_bytes(candidate.component)
    else:
        path.with_suffix(".wat").write_text(text, encoding="utf-8")


def load(path: Path) -> Candidate:
    """A candidate from a ``.wat`` or ``.wasm`` file and the ``.json`` beside it."""
    content = path.read_bytes()
    if path.suffix == ".wat":
        content = _engine.parse_text(content.decode())
    how = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    candidate = Candidate(Tally(0), content, how["settings"], asked=how["asked"], alone=True)
    candidate.direct = [read(message) for message in how["direct"]]
    candidate.published = [read(message) for message in how["published"]]
    return candidate


def written(message: Message) -> dict[str, object]:
    """A message as JSON."""
    return {
        "data": message.data.hex(),
        "content_type": message.content_type,
        "metadata": message.metadata,
        "topic": message.topic,
    }


def read(values: dict[str, object]) -> Message:
    """A message from JSON."""
    pairs = values["metadata"]
    metadata = None if pairs is None else tuple((k, v) for k, v in pairs)  # type: ignore[attr-defined]
    return Message(
        bytes.fromhex(str(values["data"])),
        values["content_type"],  # type: ignore[arg-type]
        metadata,
        values["topic"],  # type: ignore[arg-type]
    )
