"""state: how long a guest's memory lasts."""

from typing import Any

from wasi_messaging.testing import collect

from .hosting import handle, hosting


async def _counts(messages: int, **component: Any) -> list[bytes]:
    async with hosting("state/c", **component) as host, collect(host.broker(), ">") as sent:
        for _ in range(messages):
            await handle(host)
        return [message.data for message in await sent.wait(messages)]


async def test_an_instance_is_reused() -> None:
    """By default a guest keeps its memory from message to message."""
    assert await _counts(4) == [b"1", b"2", b"3", b"4"]


async def test_isolation() -> None:
    """Every message gets a fresh instance if the configuration says so."""
    assert await _counts(3, isolation="message") == [b"1", b"1", b"1"]


async def test_replaced_after_so_many_messages() -> None:
    """A bound for guests that leak."""
    assert await _counts(5, instances=1, max_messages_per_instance=2) == [
        b"1", b"2", b"1", b"2", b"1",
    ]  # fmt: skip
