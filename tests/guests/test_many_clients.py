"""many-clients: each handle to a client is one of its own."""

from wasi_messaging.testing import collect

from .hosting import handle, hosting


async def test_a_thousand_clients() -> None:
    """All can send; disconnecting half of them leaves the others as they were, again and again."""
    async with (
        hosting("many-clients/c", instances=1) as host,
        collect(host.broker(), "out", prefetch=10_000) as sent,
    ):
        for times in (1, 2, 3):
            await handle(host, data=b"1000")
            messages = await sent.wait(1500 * times)
            assert len(messages) == 1500 * times
        bodies = [message.data for message in messages[:1500]]
        assert bodies == [b"%d" % number for number in range(1000)] + [b"again"] * 500
