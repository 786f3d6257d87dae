"""send-many: one message may cause many."""

from wasi_messaging.testing import collect

from .hosting import handle, hosting


async def test_all_arrive_in_order() -> None:
    """Sends of one handling keep their order, however many there are."""
    async with hosting("send-many/c") as host, collect(host.broker(), ">") as sent:
        await handle(host, data=b"5000")
        messages = await sent.wait(5000)
    assert [int(message.data) for message in messages] == list(range(5000))
