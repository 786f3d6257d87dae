"""What a guest sent before it failed, and what it hears of its attempts."""

from __future__ import annotations

import pytest

from wasi_messaging import GuestError, GuestTrapError, Message
from wasi_messaging.testing import collect

from .hosting import handle, hosting


@pytest.mark.parametrize("sends", ["immediate", "on-success"])
@pytest.mark.parametrize("body", [b"1 s 0 3", b"1 w 20 3"])
async def test_what_succeeds_sends_everything(sends: str, body: bytes) -> None:
    """In order, whenever it leaves."""
    async with hosting("outcome/c", sends=sends) as host, collect(host.broker(), "out") as out:
        await handle(host, data=body)
        messages = await out.wait(3)
    assert [message.data for message in messages] == [b"1/0", b"1/1", b"1/2"]
    assert host.counters("guest").sent == 3


@pytest.mark.parametrize(("kind", "error"), [(b"f", GuestError), (b"t", GuestTrapError)])
async def test_what_fails_has_sent_at_once_or_not_at_all(
    kind: bytes, error: type[Exception]
) -> None:
    """Held sends go with their handling."""
    for sends, left in (("immediate", [b"1/0"]), ("on-success", [])):
        async with hosting("outcome/c", sends=sends) as host, collect(host.broker(), "out") as out:
            with pytest.raises(error):
                await handle(host, data=b"1 %b 0 3" % kind)
            await handle(host, data=b"fence s 0 1")
            messages = await out.wait(len(left) + 1)
        assert [message.data for message in messages] == [*left, b"fence/0"]


async def test_a_deadline_keeps_held_sends_from_leaving() -> None:
    """The guest had not finished."""
    async with (
        hosting("outcome/c", sends="on-success", deadline="100ms") as host,
        collect(host.broker(), "out") as out,
    ):
        with pytest.raises(Exception, match="deadline"):
            await handle(host, data=b"1 w 5000 3")
        await handle(host, data=b"fence s 0 1")
        assert [message.data for message in await out.wait(1)] == [b"fence/0"]


async def test_held_sends_are_checked_when_they_are_made() -> None:
    """The guest hears at once what its broker would refuse, and what is not permitted."""
    async with (
        hosting("illegal-topic/c", sends="on-success") as held,
        hosting("illegal-topic/c") as host,
    ):
        for one in (held, host):
            await handle(one)
    async with hosting("outcome/c", send=("x",), sends="on-success") as host:
        with pytest.raises(GuestError, match="not granted"):
            await handle(host, data=b"1 s 0 1")


async def test_the_guest_knows_its_attempt() -> None:
    """From the second one on, in metadata that only the host can set."""
    subscription = {"topic": "in", "retry": {"initial": "1ms", "max": "1ms"}}
    async with (
        hosting("outcome/c", subscriptions=[subscription]) as host,
        collect(host.broker(), "out") as out,
    ):
        host.broker().publish("in", Message(b"1 l 2 2"))
        messages = await out.wait(4)
        forged = (("wasi-messaging-attempt", "9"), ("k", "v"))
        host.broker().publish("in", Message(b"2 l 1 2", None, forged))
        messages = await out.wait(7)
    assert [message.data for message in messages] == [
        *(b"1/0", b"1/0", b"1/0", b"1/1"),
        *(b"2/0", b"2/0", b"2/1"),
    ]
