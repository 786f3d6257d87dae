"""handles: whoever uses a handle that it does not have, or gives text or a list that is none,
traps with a text that says so.
"""

import pytest

from wasi_messaging import GuestTrapError
from wasi_messaging.testing import collect

from .hosting import NAME, handle, hosting

GONE = r"unknown handle index [1-9]\d*"
MISUSES = {
    "use-after-send": GONE,
    "send-twice": GONE,
    "use-after-failed-send": GONE,
    "set-after-send": GONE,
    "use-after-reply": GONE,
    "reply-with-itself": "cannot remove owned resource while borrowed",
    "drop-message-twice": GONE,
    "drop-client-twice": GONE,
    "drop-options-twice": GONE,
    "use-dropped-client": GONE,
    "use-options-twice": GONE,
    "drop-used-options": GONE,
    "never-existed": "unknown handle index 4711",
    "zero": "unknown handle index 0",
    "another-kind": r"handle index \d+ used with the wrong type",
}
NONSENSE = {
    "topic-that-is-no-text": "invalid utf-8 sequence of 1 bytes from index 1",
    "topic-outside-memory": "string pointer/length out of bounds of memory",
    "data-outside-memory": "list pointer/length out of bounds of memory",
    "metadata-outside-memory": "list pointer/length out of bounds of memory",
}
SENT_BEFORE = {
    "use-after-send",
    "send-twice",
    "set-after-send",
    "use-options-twice",
    "drop-used-options",
}


@pytest.mark.parametrize("misuse", MISUSES)
async def test_a_handle_it_does_not_have(misuse: str) -> None:
    """The instance is gone, what it sent before stays sent, and the next message is handled."""
    async with (
        hosting("handles/c", request=("out",), instances=1) as host,
        collect(host.broker(), "out") as sent,
    ):
        with pytest.raises(GuestTrapError, match=f"^{MISUSES[misuse]}") as caught:
            await handle(host, misuse)
        assert caught.value.backtrace
        before = misuse in SENT_BEFORE
        assert [message.data for message in sent][:1] == [b"made"] * before
        await handle(host, "fine")
    counters = host.counters(NAME)
    assert (counters.traps, counters.handled) == (1, 1)


@pytest.mark.parametrize("nonsense", NONSENSE)
async def test_text_or_a_list_that_is_none(nonsense: str) -> None:
    """Nothing is sent of it, and the next message is handled."""
    async with (
        hosting("handles/c", request=("out",), instances=1) as host,
        collect(host.broker(), "out") as sent,
    ):
        with pytest.raises(GuestTrapError) as caught:
            await handle(host, nonsense)
        assert str(caught.value) == NONSENSE[nonsense]
        assert caught.value.backtrace
        assert len(sent) == 0
        await handle(host, "fine")
        assert [message.data for message in await sent.wait(2)] == [b"made", b"made"]
    counters = host.counters(NAME)
    assert (counters.traps, counters.handled) == (1, 1)


async def test_a_message_lent_twice() -> None:
    """It stays the guest's; the last number of expected replies that was set counts."""
    async with (
        hosting("handles/c", request=("out",)) as host,
        collect(host.broker(), "out") as sent,
    ):
        await handle(host, "fine")
        assert [message.data for message in await sent.wait(2)] == [b"made", b"made"]


async def test_a_request_without_replies_is_held_like_a_send() -> None:
    """Where sends leave on success, a handling that traps has made none."""
    async with (
        hosting("handles/c", request=("out",), sends="on-success") as host,
        collect(host.broker(), "out") as sent,
    ):
        with pytest.raises(GuestTrapError):
            await handle(host, "drop-used-options")
        assert len(sent) == 0
        await handle(host, "fine")
        assert len(await sent.wait(2)) == 2
