"""worlds: components of every world, with what they use of its imports and no more."""

from pathlib import Path

import pytest

from wasi_messaging import GuestError, _engine, worlds
from wasi_messaging.testing import collect

from .hosting import built, handle, hosting

DRAFT = "@0.2.0-draft"
MESSAGING = "wasi:messaging/"


def messaging_imports(guest: str, folder: Path) -> set[str]:
    """Which interfaces of messaging a guest imports."""
    artifact = folder / "guest.cwasm"
    _engine.compile(str(built(guest)), str(artifact))
    world = worlds.classify(_engine.inspect(str(artifact)))
    names = (name for name in world.imports if name.startswith(MESSAGING))
    return {name.removeprefix(MESSAGING).removesuffix(DRAFT) for name in names}


@pytest.mark.parametrize(
    ("guest", "imports"),
    [
        ("worlds/types", {"types"}),
        ("worlds/producer", {"types", "producer"}),
        ("worlds/request-reply", {"types", "request-reply"}),
        ("worlds/all", {"types", "producer", "request-reply"}),
        ("command/c", {"types", "producer"}),
        ("command/ask", {"types", "request-reply"}),
    ],
)
def test_guests_import_what_they_use(guest: str, imports: set[str], tmp_path: Path) -> None:
    """What the other tests here prove, they prove of these imports."""
    assert messaging_imports(guest, tmp_path) == imports


async def test_nothing_but_types() -> None:
    """It needs no client and no permission."""
    async with hosting("worlds/types", send=()) as host:
        await handle(host, data=b"expected")
        with pytest.raises(GuestError, match="not so"):
            await handle(host, data=b"something else")


async def test_only_producer() -> None:
    """A component of messaging-core."""
    async with hosting("worlds/producer") as host, collect(host.broker(), "out") as sent:
        await handle(host, data=b"body")
        assert (await sent.wait(1))[0].data == b"body"


async def test_only_request_reply() -> None:
    """It may ask and answer where it has no permission to send."""
    subscriptions = [{"topic": "answer"}]
    async with hosting(
        "worlds/request-reply", send=(), request=("answer",), subscriptions=subscriptions
    ) as host:
        await handle(host, "ask", b"body")


async def test_all_of_it() -> None:
    """A component of messaging-request-reply."""
    async with hosting("worlds/all") as host, collect(host.broker(), "out") as sent:
        await handle(host, data=b"body")
        assert (await sent.wait(1))[0].data == b"body"
