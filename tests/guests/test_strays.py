"""strays: a component may export what no host of messaging knows."""

from wasi_messaging.testing import collect

from .hosting import handle, hosting


async def test_it_runs_and_they_are_left_alone() -> None:
    """A stray instance and a stray function, called neither at the start nor for a message."""
    async with hosting("strays/c") as host, collect(host.broker(), "out") as sent:
        await handle(host)
        await handle(host)
        assert [message.data for message in await sent.wait(2)] == [b"0", b"0"]
