"""permissions: nothing is allowed that was not granted."""

from wasi_messaging.testing import collect

from .hosting import handle, hosting


async def test_default_deny() -> None:
    """A client that exists but was not granted looks like one that does not; nothing leaves."""
    more = {"secret": {"url": "memory:"}}
    async with (
        hosting("permissions/c", send=("granted.>",), clients=more) as host,
        collect(host.broker(), ">") as sent,
        collect(host.broker("secret"), ">") as secret,
    ):
        await handle(host)
        messages = await sent.wait(2)
        assert [message.topic for message in messages] == ["granted.a", "granted.a.b"]
        assert len(secret) == 0
    assert host.counters("guest").denied == 5
