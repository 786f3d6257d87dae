"""config: a guest reads the table of its component."""

from wasi_messaging.testing import collect

from .hosting import handle, hosting

TABLE = {"region": "eu", "empty": "", "grün": "ü"}


async def test_the_component_s_own_table() -> None:
    """One value, and all of them in the order of the file."""
    async with hosting("config/c", config=TABLE) as host, collect(host.broker(), "out") as sent:
        await handle(host, data="grün".encode())
        value, everything = await sent.wait(2)
    assert value.data.decode() == "ü"
    assert everything.data.decode() == "region=eu\nempty=\ngrün=ü\n"


async def test_a_key_that_is_not_there() -> None:
    """It is none, and an empty text is not."""
    async with hosting("config/c", config=TABLE) as host, collect(host.broker(), "out") as sent:
        await handle(host, data=b"other")
        await handle(host, data=b"empty")
        messages = await sent.wait(4)
    assert [message.data for message in messages[::2]] == [b"(none)", b""]


async def test_without_a_table() -> None:
    """It is empty: a component need not have one to run."""
    async with hosting("config/c") as host, collect(host.broker(), "out") as sent:
        await handle(host, data=b"region")
        value, everything = await sent.wait(2)
    assert (value.data, everything.data) == (b"(none)", b"")
