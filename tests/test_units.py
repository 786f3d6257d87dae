"""Durations and sizes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wasi_messaging.units import format_bytes, format_duration, parse_bytes, parse_duration


@pytest.mark.parametrize(
    ("given_", "seconds"),
    [
        (2, 2.0),
        (0.2, 0.2),
        (0, 0.0),
        ("3", 3.0),
        ("1.5", 1.5),
        ("500us", 0.0005),
        ("200ms", 0.2),
        ("5s", 5.0),
        (" 5 s ", 5.0),
        ("2m", 120.0),
        ("2min", 120.0),
        ("1.5h", 5400.0),
        ("1h30m", 5400.0),
        ("1d 2h", 93600.0),
    ],
)
def test_durations(given_: object, seconds: float) -> None:
    """Numbers of seconds and text with units, one or several."""
    assert parse_duration(given_) == seconds


@pytest.mark.parametrize(
    "given_",
    [
        *("", "s", "-1s", "5 parsecs", "64M", "1h30", "5s!", "1e9", "inf", "nan"),
        *(True, None, [], {}, -1, float("inf"), float("nan"), 10**400, "9" * 400),
    ],
)
def test_what_is_no_duration_says_how_to_write_one(given_: object) -> None:
    """The error shows the form and never repeats the value."""
    with pytest.raises(ValueError, match='expected a duration: seconds, or text such as "200ms"'):
        parse_duration(given_)


@pytest.mark.parametrize(
    ("given_", "size"),
    [
        (17, 17),
        (0, 0),
        (1e3, 1000),
        ("512", 512),
        ("512B", 512),
        ("1KB", 1000),
        ("1.1 GB", 1_100_000_000),
        ("64MiB", 64 * 2**20),
        ("64mib", 64 * 2**20),
        ("1.5KiB", 1536),
        ("1TiB", 2**40),
    ],
)
def test_sizes(given_: object, size: int) -> None:
    """Numbers of bytes and text with decimal and binary units."""
    assert parse_bytes(given_) == size


@pytest.mark.parametrize(
    "given_",
    [
        *("", "x", "-1", "1.3b", "1PB", "8388608TiB", "9" * 5000),
        *(True, None, -1, 1.5, float("nan"), float("inf"), 2**63, 10**400),
    ],
)
def test_what_is_no_size_says_how_to_write_one(given_: object) -> None:
    """The error shows the form and never repeats the value."""
    with pytest.raises(ValueError, match='expected a size: bytes, or text such as "512KiB"'):
        parse_bytes(given_)


def test_a_size_that_may_mean_two_things_is_refused() -> None:
    """Some take M for 1000², some for 1024²."""
    with pytest.raises(ValueError, match=r"write MiB \(powers of 1024\) or MB \(powers of 1000\)"):
        parse_bytes("64M")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0s"),
        (0.2, "200ms"),
        (0.0005, "0.5ms"),
        (5, "5s"),
        (2.5, "2.5s"),
        (90, "1m30s"),
        (7200, "2h"),
        (93600, "1d2h"),
    ],
)
def test_durations_as_text(seconds: float, text: str) -> None:
    """The shortest way to write it."""
    assert format_duration(seconds) == text


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0B"), (64 * 2**20, "64MiB"), (10**9, "1GB"), (1536, "1536B"), (1500, "1500B")],
)
def test_sizes_as_text(size: int, text: str) -> None:
    """The largest unit that divides it."""
    assert format_bytes(size) == text


@given(st.floats(min_value=0, max_value=1e9) | st.integers(0, 10**9))
def test_a_duration_survives_its_text(seconds: float) -> None:
    """What is printed can be read back."""
    assert parse_duration(format_duration(seconds)) == seconds


@given(st.integers(0, 2**50))
def test_a_size_survives_its_text(size: int) -> None:
    """What is printed can be read back."""
    assert parse_bytes(format_bytes(size)) == size
