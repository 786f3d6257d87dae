"""no-messaging: components that have nothing to do here."""

import pytest

from wasi_messaging import UnsupportedWorldError

from .hosting import hosting


@pytest.mark.parametrize(
    ("variant", "words"),
    [
        ("wit", "imports no messaging and exports no handler"),
        ("ordinary-command", "ordinary command"),
        ("only-imports", "nothing can start it"),
    ],
)
async def test_refused_before_the_first_message(variant: str, words: str) -> None:
    """The error says what is missing."""
    with pytest.raises(UnsupportedWorldError, match=words):
        async with hosting(f"no-messaging/{variant}"):
            pass
