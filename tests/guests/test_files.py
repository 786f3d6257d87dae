"""files: a guest has the folders that are granted, and no other."""

from pathlib import Path

import pytest

from wasi_messaging import EngineError, GuestError
from wasi_messaging.testing import collect

from .hosting import COMPILES, handle, hosting

pytestmark = COMPILES
REFUSED = "other: Operation not permitted"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder to grant, with a neighbour."""
    (tmp_path / "secret").write_text("secret")
    granted = tmp_path / "granted"
    granted.mkdir()
    (granted / "in").write_text("from the host")
    return granted


def contents(folder: Path) -> dict[str, str]:
    """Every file of a folder."""
    return {path.name: path.read_text() for path in folder.iterdir()}


def move_away(folder: Path) -> None:
    """Give it another name."""
    folder.rename(folder.with_name("away"))


async def test_a_folder_to_write_in(folder: Path) -> None:
    """What the guest writes is there."""
    grant = {"path": str(folder), "guest": "/data", "write": True}
    async with (
        hosting("files/python", files=[grant]) as host,
        collect(host.broker(), "out") as sent,
    ):
        await handle(host, data=b"/data/new")
        await handle(host, data=b"/data/new")
        assert [message.data for message in await sent.wait(2)] == [b"more", b"moremore"]
    assert (folder / "new").read_text() == "moremore"


async def test_a_folder_to_read(folder: Path) -> None:
    """Neither new files nor more in old ones."""
    async with hosting("files/python", files=[{"path": str(folder), "guest": "/data"}]) as host:
        for name in (b"/data/new", b"/data/in"):
            with pytest.raises(GuestError) as caught:
                await handle(host, data=name)
            assert str(caught.value) == REFUSED
    assert contents(folder) == {"in": "from the host"}


async def test_there_is_no_way_out(folder: Path) -> None:
    """Neither by dots nor by a link."""
    (folder / "link").symlink_to(folder.parent / "secret")
    grant = {"path": str(folder), "guest": "/data", "write": True}
    async with hosting("files/python", files=[grant]) as host:
        for name in (b"/data/../secret", b"/data/link"):
            with pytest.raises(GuestError) as caught:
                await handle(host, data=name)
            assert str(caught.value) == REFUSED
        with pytest.raises(GuestError, match="No such file or directory"):
            await handle(host, data=bytes(folder.parent / "secret"))
    assert (folder.parent / "secret").read_text() == "secret"


async def test_every_fresh_instance_has_it(folder: Path) -> None:
    """And one that finds it gone does not start: the message is not handled."""
    grant = {"path": str(folder), "guest": "/data", "write": True}
    async with (
        hosting("files/python", files=[grant], isolation="message") as host,
        collect(host.broker(), "out") as sent,
    ):
        await handle(host, data=b"/data/new")
        await sent.wait(1)
        move_away(folder)
        with pytest.raises(EngineError, match="cannot open the granted folder") as caught:
            await handle(host, data=b"/data/new")
    assert str(folder) in str(caught.value)
