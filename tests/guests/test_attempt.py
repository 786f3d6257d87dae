"""attempt: each operation works with a permission and fails without one, by itself."""

import pytest

from wasi_messaging import GuestError, Message

from .hosting import handle, hosting


@pytest.mark.parametrize(("operation", "name"), [("connect", b"default"), ("send", b"granted.a")])
async def test_granted(operation: str, name: bytes) -> None:
    """Nothing stands in the way."""
    async with hosting("attempt/c", send=("granted.a",)) as host:
        await handle(host, operation, name)


async def test_a_granted_request_that_nobody_answers() -> None:
    """It fails for its own reasons, and not for want of a permission."""
    async with hosting("attempt/c", request=("granted.b",)) as host:
        with pytest.raises(GuestError, match=r"granted\.b") as caught:
            await handle(host, "request", b"granted.b")
        assert caught.value.kind != "permission-denied"
    assert host.counters("guest").denied == 0


@pytest.mark.parametrize(
    ("operation", "name"),
    [("connect", b"unknown"), ("send", b"granted.b"), ("request", b"granted.a"), ("send", b"")],
)
async def test_not_granted(operation: str, name: bytes) -> None:
    """A permission to send is none to request, and the other way about."""
    async with hosting("attempt/c", send=("granted.a",), request=("granted.b",)) as host:
        with pytest.raises(GuestError) as caught:
            await handle(host, operation, name)
        assert caught.value.kind == "permission-denied"
        assert host.counters("guest").denied == 1
        await host.deliver("guest", Message(b"default", topic="connect"))
