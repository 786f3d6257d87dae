"""``--all`` leaves what is newer than the command, and says so."""

from __future__ import annotations

import asyncio
import json
import re
import time
from pathlib import Path
from uuid import uuid4

import pytest

from wasi_messaging.abc import Delivery
from wasi_messaging.brokers.memory import MemoryBroker, MemorySettings
from wasi_messaging.cli.dead_letters.boxes import Choice, Where
from wasi_messaging.cli.dead_letters.destinations import Destinations
from wasi_messaging.cli.dead_letters.settle import Replay, settle
from wasi_messaging.dead_letters import GROUP, PAGE
from wasi_messaging.delivery.letters import timestamp

from .office import Office, publish

AHEAD = "2999-01-01T00:00:00.000Z"


def test_they_are_counted(office: Office) -> None:
    """Those that were meant; their ids replay them."""
    office.post(
        office.letter("aaaa"),
        office.letter("bbbb", last_time=AHEAD),
        office.letter("cccc", last_time=AHEAD, outcome="timeout"),
    )
    done = office.letters("replay", "--all")
    assert (done.status, done.output) == (0, "replayed 1 dead letter\n")
    assert done.errors == (
        "2 letters are newer than this command, or their host's clock is ahead (up to "
        f"{AHEAD}); run it again, or name their IDs\n"
    )
    done = office.letters("discard", "--all", "--yes", "--outcome", "timeout")
    assert (done.status, done.output) == (0, "discarded 0 dead letters\n")
    assert done.errors == (
        f"1 letter is newer than this command, or its host's clock is ahead (up to {AHEAD}); run "
        "it again, or name its ID\n"
    )
    shown = office.ok("replay", "--all", "--json")
    assert json.loads(shown) == {"replayed": 0, "failed": 0, "errors": [], "newer": 2}
    assert office.letters("replay", "b").errors == ""
    assert office.listed() == ["cccc"]


def test_older_ones_behind_them(office: Office) -> None:
    """They are not overlooked, however many are in front."""
    ahead = [office.letter(f"{number:012x}", last_time=AHEAD) for number in range(600)]
    office.post(*ahead)
    office.post(office.letter("old"))
    shown = office.ok("replay", "--all", "--json")
    assert json.loads(shown) == {"replayed": 1, "failed": 0, "errors": [], "newer": 600}


class Memory:
    """A broker in this process, and a configuration that knows it."""

    def __init__(self, folder: Path) -> None:
        name = uuid4().hex
        self.broker = MemoryBroker(MemorySettings(url=f"memory:{name}"))
        self.config = folder / "memory.toml"
        self.config.write_text(
            f'[clients.default]\nurl = "memory:{name}"\n'
            '[components.a]\npath = "a.wasm"\nsubscriptions = [{ topic = "in" }]\n'
        )

    async def replay_all(self) -> None:
        """As the command does."""
        where = Where(topic="dead", client=None, config=self.config, wait=0.1)
        job = Replay(Destinations(self.config, None, None, trust=False))
        await settle(job, where, Choice(), as_json=False)


async def test_given_up_again(
    office: Office, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is replayed and fails again is for next time; otherwise there would be no end."""
    memory = Memory(tmp_path)
    tasks: set[asyncio.Future[None]] = set()
    count = PAGE + 50
    async with memory.broker as broker:

        def give_up(delivery: Delivery) -> None:
            letter = office.letter("again", topic="in", last_time=timestamp(time.time() + 0.001))
            tasks.add(asyncio.ensure_future(publish(broker, "dead", letter)))
            delivery.ack()

        await broker.declare("dead", GROUP)
        for number in range(count):
            await publish(broker, "dead", office.letter(f"{number:012x}", topic="in"))
        await broker.subscribe("in", give_up, group="a", prefetch=10, start="new")
        async with asyncio.timeout(20):
            await memory.replay_all()
        await asyncio.gather(*tasks)
    shown = capsys.readouterr()
    assert shown.out == f"replayed {count} dead letters\n"
    match = re.match(r"(\d+) letters are newer than this command, ", shown.err)
    assert match is not None, shown.err
    assert PAGE <= int(match[1]) <= count


async def test_written_without_an_end(
    office: Office, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It does not wait for one."""
    memory = Memory(tmp_path)
    async with memory.broker as broker:
        await broker.declare("dead", GROUP)
        await publish(broker, "dead", office.letter("aaaa", topic="in"))

        async def write() -> None:
            while True:
                await publish(broker, "dead", office.letter("new", last_time=AHEAD))
                await asyncio.sleep(0.002)

        writing = asyncio.create_task(write())
        async with asyncio.timeout(20):
            await memory.replay_all()
        writing.cancel()
    shown = capsys.readouterr()
    assert shown.out == "replayed 1 dead letter\n"
    assert shown.err.startswith("at least ")
    assert ", and others may be waiting behind them; run it again" in shown.err
