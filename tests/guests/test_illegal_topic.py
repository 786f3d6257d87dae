"""illegal-topic: a topic that nothing can be published to is the sender's error."""

from wasi_messaging.testing import collect

from .hosting import handle, hosting


async def test_nothing_leaves() -> None:
    """The guest asserts error.other for each; only the legal one arrives."""
    async with hosting("illegal-topic/c") as host, collect(host.broker(), ">") as sent:
        await handle(host)
        messages = await sent.wait(1)
    assert [message.topic for message in messages] == ["legal"]
    assert host.counters("guest").send_errors == 8
