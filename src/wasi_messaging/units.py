"""Durations and sizes as people write them.

Durations are seconds (``float``), sizes are bytes (``int``); both may be written as a plain number
or as text with a unit. Errors never repeat the value that was given, because it may come from a
place that holds secrets; whoever may show it adds it.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Final

from pydantic import BeforeValidator, WithJsonSchema

__all__ = [
    "Duration",
    "Size",
    "format_bytes",
    "format_duration",
    "parse_bytes",
    "parse_duration",
]

_SECONDS: Final = {
    "us": 1e-6,
    "ms": 1e-3,
    "s": 1.0,
    "m": 60.0,
    "min": 60.0,
    "h": 3600.0,
    "d": 86400.0,
}
_DECIMAL: Final = {"b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12}
_BINARY: Final = {"kib": 2**10, "mib": 2**20, "gib": 2**30, "tib": 2**40}
_BYTES: Final = _DECIMAL | _BINARY

_TOO_MANY: Final = 2**63
_TOO_LONG: Final = 100

_NUMBER: Final = re.compile(r"\d+(?:\.\d+)?")
_QUANTITY: Final = re.compile(r"(\d+(?:\.\d+)?)\s*([a-zA-Z]+)\s*")

_DURATION_HELP: Final = 'expected a duration: seconds, or text such as "200ms", "5s" or "1h30m"'
_BYTES_HELP: Final = 'expected a size: bytes, or text such as "512KiB", "64MiB" or "1GB"'


def parse_duration(value: object) -> float:
    """Seconds from a number of seconds or from text.

    Units are ``us``, ``ms``, ``s``, ``m`` (or ``min``), ``h`` and ``d``; several may follow each
    other as in ``"1h30m"``. Text without a unit is seconds.

    Raises:
        ValueError: neither of the two, negative, or not finite.
    """
    if isinstance(value, str):
        text = value.strip()
        seconds = float(text) if _NUMBER.fullmatch(text) else _sum_of(text)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        try:
            seconds = float(value)
        except OverflowError:
            seconds = math.inf
    else:
        raise ValueError(_DURATION_HELP)
    if not math.isfinite(seconds) or seconds < 0:
        raise ValueError(_DURATION_HELP)
    return seconds


def _sum_of(text: str) -> float:
    position, seconds = 0, 0.0
    while match := _QUANTITY.match(text, position):
        unit = _SECONDS.get(match[2])
        if unit is None:
            raise ValueError(f"{_DURATION_HELP}; the units are {', '.join(_SECONDS)}")
        # Dividing keeps "200ms" the same float as 0.2, which multiplying by 1e-3 would not.
        seconds += float(match[1]) * unit if unit >= 1 else float(match[1]) / round(1 / unit)
        position = match.end()
    if not text or position != len(text):
        raise ValueError(_DURATION_HELP)
    return seconds


def parse_bytes(value: object) -> int:
    """Bytes from a number of bytes or from text.

    Units are ``B``, ``KB``, ``MB``, ``GB``, ``TB`` (powers of 1000) and ``KiB``, ``MiB``, ``GiB``,
    ``TiB`` (powers of 1024), in any case. Text without a unit is bytes.

    Raises:
        ValueError: neither of the two, negative, no whole number of bytes, or 8 EiB and more.
    """
    size: Fraction | float
    if isinstance(value, str):
        size = _bytes_of_text(value.strip()) if len(value) < _TOO_LONG else _TOO_MANY
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        size = value
    else:
        raise ValueError(_BYTES_HELP)
    if not 0 <= size < _TOO_MANY or size != int(size):
        raise ValueError(_BYTES_HELP)
    return int(size)


def _bytes_of_text(text: str) -> Fraction:
    if text.isascii() and text.isdigit():
        return Fraction(text)
    match = _QUANTITY.fullmatch(text)
    if match is None:
        raise ValueError(_BYTES_HELP)
    number, unit = match[1], match[2].lower()
    if unit in {"k", "m", "g", "t"}:
        letter = unit.upper()
        raise ValueError(f"write {letter}iB (powers of 1024) or {letter}B (powers of 1000)")
    factor = _BYTES.get(unit)
    if factor is None:
        raise ValueError(f"{_BYTES_HELP}; the units are B, KB, MB, GB, TB, KiB, MiB, GiB and TiB")
    return Fraction(number) * factor


def format_duration(seconds: float) -> str:
    """Text that :func:`parse_duration` reads back: ``"200ms"``, ``"5s"``, ``"1m30s"``, ``"2h"``."""
    if seconds != int(seconds):
        text = f"{seconds * 1000:.12g}ms"
        short = seconds < 1 and "e" not in text and parse_duration(text) == seconds
        return text if short else f"{Decimal(repr(seconds)):f}s"
    rest, parts = int(seconds), []
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


def format_bytes(size: int) -> str:
    """Text that :func:`parse_bytes` reads back: ``"64MiB"``, ``"1GB"``, ``"1234B"``."""
    for name, unit in (
        ("TiB", 2**40),
        ("GiB", 2**30),
        ("MiB", 2**20),
        ("KiB", 2**10),
        ("TB", 10**12),
        ("GB", 10**9),
        ("MB", 10**6),
        ("KB", 10**3),
    ):
        if size and size % unit == 0:
            return f"{size // unit}{name}"
    return f"{size}B"


def _number_or_text(*examples: str) -> WithJsonSchema:
    text = {"type": "string", "examples": list(examples)}
    return WithJsonSchema({"anyOf": [{"type": "number", "minimum": 0}, text]})


Duration = Annotated[float, BeforeValidator(parse_duration), _number_or_text("200ms", "5s")]
"""Seconds, written as a number of seconds or as text: ``"200ms"``, ``"5s"``, ``"2m"``, ``"1h"``."""

Size = Annotated[int, BeforeValidator(parse_bytes), _number_or_text("64MiB", "1GB")]
"""Bytes, written as a number or as text: ``"64MiB"``, ``"1GB"``, ``"512KiB"``."""
