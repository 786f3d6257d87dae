"""metadata: an ordered list in which a key may stand more than once."""

import pytest

from wasi_messaging.testing import collect

from .hosting import COMPILES, LANGUAGES, handle, hosting

pytestmark = COMPILES


@pytest.mark.parametrize("language", LANGUAGES)
async def test_metadata_rules(language: str) -> None:
    """The guest asserts the rules; the host sees the list as the guest left it."""
    async with hosting(f"metadata/{language}") as host, collect(host.broker(), ">") as sent:
        await handle(host, metadata=(("a", "1"), ("b", "2"), ("a", "3")))
        (changed,) = await sent.wait(1)
    assert changed.metadata == (("a", "1"), ("a", "3"), ("c", "é"))
