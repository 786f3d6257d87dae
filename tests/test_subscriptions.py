"""From broker to guest and back: what is acknowledged, what comes again, what a stop does."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest

from guests.hosting import built
from wasi_messaging import Config, Host, Message
from wasi_messaging.abc import Broker, Delivery
from wasi_messaging.testing import collect


def configured(guest: str, name: str, *, drain: str = "5s", **component: object) -> Config:
    """A guest that is subscribed to ``in`` and ``fail``, on the broker ``memory:NAME``."""
    defaults: dict[str, object] = {
        "path": str(built(guest)),
        "subscriptions": [
            {
                "topic": topic,
                "retry": {"attempts": "unlimited", "initial": "20ms", "max": "20ms"},
                "max_in_flight": 8,
            }
            for topic in ("in", "fail")
        ],
        "permissions": {"default": {"send": ["out"]}},
    }
    return Config.from_dict(
        {
            "clients": {"default": {"url": f"memory:{name}"}},
            "components": {"guest": defaults | component},
            "drain": drain,
        }
    )


async def eventually(condition: object, timeout: float = 5.0) -> None:
    """Wait until a condition, a callable, holds."""
    assert callable(condition)
    async with asyncio.timeout(timeout):
        while not condition():  # noqa: ASYNC110 - counters and lists have no event
            await asyncio.sleep(0.005)


async def publish(broker: Broker, topic: str, message: Message) -> None:
    """Publish and wait for the confirmation."""
    completion = broker.publish(topic, message)
    if completion is not None:
        await completion


async def test_a_message_goes_through_whole() -> None:
    """Body, content type and ordered metadata with duplicates reach the guest and come out."""
    metadata = (("b", "1"), ("a", "ä"), ("b", "2"))
    config = configured("echo/c", "whole")
    async with Host(config) as host, collect(host.broker(), "out") as out:
        await publish(host.broker(), "in", Message(bytes(range(256)), "text/x", metadata))
        [message] = await out.wait(1)
    assert message == Message(bytes(range(256)), "text/x", (*metadata, ("from", "in")), topic="out")
    assert (host.counters("guest").handled, host.counters("guest").sent) == (1, 1)


async def test_ten_thousand_messages_each_once() -> None:
    """Nothing is lost or doubled on the way, and nothing is left unsettled."""
    config = configured("echo/c", "many")
    async with Host(config) as host, collect(host.broker(), "out", prefetch=20_000) as out:
        for number in range(10_000):
            await publish(host.broker(), "in", Message(str(number).encode()))
        messages = await out.wait(10_000, timeout=20)
    assert sorted(int(message.data) for message in messages) == list(range(10_000))
    assert host.counters("guest").handled == 10_000


async def test_an_error_makes_the_message_come_again() -> None:
    """What the guest answered with an error is handed back, and its attempts are counted."""
    async with Host(configured("echo/c", "again", drain="0s")) as host:
        await publish(host.broker(), "fail", Message(b"x"))
        await eventually(lambda: host.counters("guest").errors >= 3)
    assert host.counters("guest").handled == 0


async def test_what_a_stopped_host_left_another_one_handles() -> None:
    """A message that never succeeded is still with the broker after the host left."""
    observer = Config.from_dict({"clients": {"default": {"url": "memory:left"}}})
    async with Host(observer) as outside:
        async with Host(configured("echo/c", "left", drain="0s")) as host:
            await publish(outside.broker(), "fail", Message(b"precious"))
            await eventually(lambda: host.counters("guest").errors >= 1)
        received: list[Delivery] = []
        await outside.broker().subscribe(
            "fail", received.append, group="guest", prefetch=1, start="new"
        )
        await eventually(lambda: received)
        assert received[0].message.data == b"precious"
        assert received[0].attempt > 1


async def test_a_trap_is_logged_with_its_story(caplog: pytest.LogCaptureFixture) -> None:
    """The operator sees reason, WebAssembly frames and the guest's last words."""
    caplog.set_level(logging.WARNING)
    async with Host(configured("trap/c", "trap", drain="0s")) as host:
        await publish(host.broker(), "in", Message(b"trap"))
        await eventually(lambda: host.counters("guest").traps + host.counters("guest").handled)
    assert host.counters("guest").traps, "the guest did not trap"
    text = "\n".join(record.getMessage() for record in caplog.records)
    assert "unreachable" in text
    assert "last lines of its standard error" in text


async def test_a_message_over_the_limit_is_not_given_to_the_guest() -> None:
    """It is not lost either: it becomes a dead letter at once."""
    config = configured(
        "echo/c",
        "limit",
        drain="0s",
        max_message_size="1KiB",
        subscriptions=[{"topic": "in", "dead_letter": {"topic": "dead"}}],
    )
    async with (
        Host(config) as host,
        collect(host.broker(), "out") as out,
        collect(host.broker(), "dead") as dead,
    ):
        await publish(host.broker(), "in", Message(bytes(1025)))
        await publish(host.broker(), "in", Message(bytes(1024)))
        await out.wait(1)
        [letter] = await dead.wait(1)
    assert letter.data == bytes(1025)
    assert (host.counters("guest").failures, host.counters("guest").dead_lettered) == (1, 1)


async def test_leaving_finishes_what_is_in_flight() -> None:
    """A drain waits for guests that are at work, and what they send still leaves."""
    config = configured("sleep/c", "drain")
    observer = Config.from_dict({"clients": {"default": {"url": "memory:drain"}}})
    async with Host(observer) as outside:
        async with Host(config) as host:
            await publish(outside.broker(), "in", Message(b"200"))
            await eventually(lambda: host._dispatcher.running)
        assert host.counters("guest").handled == 1
        assert host.counters("guest").cancelled == 0


async def test_stopping_now_hands_back_what_is_in_flight() -> None:
    """A second signal does not wait; the message goes to the next host."""
    config = configured("sleep/c", "now", drain="60s")
    observer = Config.from_dict({"clients": {"default": {"url": "memory:now"}}})
    async with Host(observer) as outside:
        async with Host(config) as host:
            await publish(outside.broker(), "in", Message(b"20000"))
            await eventually(lambda: host._dispatcher.running)
            host.stop(now=True)
        assert host.counters("guest").cancelled == 1
        received: list[Delivery] = []
        await outside.broker().subscribe(
            "in", received.append, group="guest", prefetch=1, start="new"
        )
        await eventually(lambda: received)


async def test_a_lease_is_kept_alive_while_the_guest_works(tmp_path: Path) -> None:
    """A handling longer than the broker's lease is not delivered a second time."""
    config = configured("sleep/c", "lease")
    clients = {"default": config.clients["default"].model_copy(update={"lease": 0.2})}
    async with Host(config.model_copy(update={"clients": clients})) as host:
        await publish(host.broker(), "in", Message(b"900"))
        await eventually(lambda: host.counters("guest").handled)
        await asyncio.sleep(0.4)
    assert host.counters("guest").handled == 1


async def test_a_guest_without_permission_sends_nothing() -> None:
    """Refused before anything leaves, and told so."""
    config = configured("echo/c", "denied", drain="0s", permissions={"default": {"send": ["x"]}})
    async with Host(config) as host, collect(host.broker(), "out") as out:
        await publish(host.broker(), "in", Message(b"x"))
        await eventually(lambda: host.counters("guest").denied)
        assert len(out) == 0
