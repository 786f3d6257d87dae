"""send-many: one message may cause many."""

import pytest

from wasi_messaging.testing import collect

from .hosting import COMPILES, LANGUAGES, handle, hosting

pytestmark = COMPILES


@pytest.mark.parametrize("language", LANGUAGES)
async def test_all_arrive_in_order(language: str) -> None:
    """Sends of one handling keep their order, however many there are."""
    async with hosting(f"send-many/{language}") as host, collect(host.broker(), ">") as sent:
        await handle(host, data=b"5000")
        messages = await sent.wait(5000)
    assert [int(message.data) for message in messages] == list(range(5000))
