"""files: a guest has the folders that are granted, and no other."""

import os
from pathlib import Path

import pytest

from wasi_messaging import ComponentError, Config, ConfigError, GuestError, Host
from wasi_messaging.testing import collect

from .hosting import COMPILES, NAME, component, handle, hosting

pytestmark = COMPILES
LOG = "wasi_messaging.component.guest"
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


def move(folder: Path, to: Path) -> None:
    """Give it another name."""
    folder.rename(to)


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the host said in the guest's log."""
    return [record.getMessage() for record in caplog.records if record.name == LOG]


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


async def test_a_pipe_in_a_folder(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    """To open one would wait for who is at its other end, in a thread that others need."""
    os.mkfifo(folder / "pipe")
    grant = {"path": str(folder), "guest": "/data", "write": True}
    async with hosting("files/python", files=[grant]) as host:
        with pytest.raises(GuestError) as caught:
            await handle(host, data=b"/data/pipe")
        assert str(caught.value) == REFUSED
    [line] = told(caplog)
    assert 'opening "pipe" is never granted: it is neither a file nor a folder' in line


async def test_a_folder_to_read(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Neither new files nor more in old ones."""
    async with hosting("files/python", files=[{"path": str(folder), "guest": "/data"}]) as host:
        for name in (b"/data/new", b"/data/in"):
            with pytest.raises(GuestError) as caught:
                await handle(host, data=name)
            assert str(caught.value) == REFUSED
    assert contents(folder) == {"in": "from the host"}
    assert told(caplog) == [
        f'permission denied: opening "{name}" to write is not granted; to allow it, add '
        "`write = true` to its folder in `files` of the component"
        for name in ("new", "in")
    ]


async def test_there_is_no_way_out(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
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
    assert told(caplog) == [
        f'permission denied: opening "{name}" is not granted: it leads out of its folder; to allow '
        "it, add where it is to `files` of the component"
        for name in ("../secret", "link")
    ]


async def test_every_fresh_instance_has_the_folder_that_was_opened(folder: Path) -> None:
    """Not what is at its path by now."""
    grant = {"path": str(folder), "guest": "/data", "write": True}
    away = folder.with_name("away")
    async with (
        hosting("files/python", files=[grant], isolation="message") as host,
        collect(host.broker(), "out") as sent,
    ):
        await handle(host, data=b"/data/new")
        move(folder, away)
        await handle(host, data=b"/data/new")
        await sent.wait(2)
    assert (away / "new").read_text() == "moremore"


async def test_a_folder_that_is_gone_before_the_host_starts(folder: Path) -> None:
    """The host does not start, and says which folder."""
    files = [{"path": str(folder), "guest": "/data"}]
    values = {
        "clients": {"default": {"url": "memory:"}},
        "components": {NAME: component("files/python", files=files)},
    }
    host = Host(Config.from_dict(values))
    move(folder, folder.with_name("away"))
    with pytest.raises(ComponentError, match="cannot open the granted folder") as caught:
        async with host:
            pass
    assert str(folder) in str(caught.value)


async def test_a_link_in_the_place_of_a_granted_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It gives nothing to the next instance, even if the configuration were let pass."""
    inner, secret = tmp_path / "outer/inner", tmp_path / "secret"
    inner.mkdir(parents=True)
    secret.mkdir()
    (inner / "granted").touch()
    (secret / "password").touch()
    files = [
        {"path": str(tmp_path / "outer"), "guest": "/outer", "write": True},
        {"path": str(inner), "guest": "/inner", "write": True},
    ]
    with pytest.raises(ConfigError, match="is reached through"):
        async with hosting("files/escape", files=files):
            pass
    monkeypatch.setattr("wasi_messaging.config.checks.writable_by_guests", lambda *_: ())
    async with (
        hosting("files/escape", files=files, isolation="message") as host,
        collect(host.broker(), "out") as sent,
    ):
        await handle(host, data=b"swap")
        assert (tmp_path / "outer/inner/password").exists()
        for _ in range(2):
            await handle(host, data=b"look")
        assert [message.data for message in await sent.wait(3)] == [b"granted"] * 3


async def test_what_is_open_has_a_limit(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Files and sockets together, from message to message, until the guest lets go of them."""
    asked = ["files", "sockets", "let go", "sockets", "files", "let go", "files"]
    async with (
        hosting(
            "files/hoard",
            files=[{"path": str(folder), "guest": "/data"}],
            sockets=["127.0.0.1:9"],
            instances=1,
        ) as host,
        collect(host.broker(), "out") as sent,
    ):
        for what in asked:
            await handle(host, data=what.encode())
        answers = [message.data.decode() for message in await sent.wait(5)]
    assert answers == ["64 ENOMEM", "0 EMFILE", "64 EMFILE", "0 ENOMEM", "64 ENOMEM"]
    line = "an instance may have 64 files and sockets open at a time, and has them"
    assert told(caplog) == [line] * 5
