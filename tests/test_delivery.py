"""What becomes of messages that are not simply handled: retry, dead letter, drop, stop, order."""

from __future__ import annotations

import asyncio
import logging
from typing import Any
from uuid import uuid4

import pytest

from guests.hosting import built
from wasi_messaging import (
    Config,
    EngineError,
    GuestError,
    Host,
    Message,
    SubscriptionStoppedError,
)
from wasi_messaging.abc import Delivery
from wasi_messaging.delivery import letters
from wasi_messaging.testing import collect

FAST = {"attempts": 3, "initial": "1ms", "max": "1ms"}


def configured(
    *subscriptions: dict[str, Any], guest: str = "outcome/c", drain: str = "5s", **more: Any
) -> Config:
    """A guest that may send to ``out``; subscriptions are to ``in`` and fast, unless said."""
    defaults = {"topic": "in", "retry": FAST}
    component = {
        "path": str(built(guest)),
        "subscriptions": [defaults | subscription for subscription in subscriptions or ({},)],
        "permissions": {"default": {"send": ["out"]}},
    }
    return Config.from_dict(
        {
            "clients": {
                "default": {"url": f"memory:{uuid4().hex}"},
                "other": {"url": f"memory:{uuid4().hex}"},
            },
            "components": {"guest": component | more},
            "drain": drain,
        }
    )


async def eventually(condition: Any, timeout: float = 5.0) -> None:
    """Wait until a condition, a callable, holds."""
    async with asyncio.timeout(timeout):
        while not condition():  # noqa: ASYNC110 - counters have no event
            await asyncio.sleep(0.002)


METADATA = (("b", "1"), ("a", "ä"), ("b", "2"))


@pytest.mark.parametrize("client", ["default", "other"])
async def test_a_dead_letter_is_the_message_with_its_story(client: str) -> None:
    """Body, content type and metadata as they were; then who, why, how often and when."""
    config = configured({"dead_letter": {"topic": "dead", "client": client}}, sends="on-success")
    async with Host(config) as host, collect(host.broker(client), "dead") as dead:
        host.broker().publish("in", Message(b"7 f 0 1", "text/x", METADATA))
        [received] = await dead.wait(1)
        await eventually(lambda: host.counters("guest").dead_lettered)
    letter = letters.read(received)
    assert letter is not None
    assert letter.message == Message(b"7 f 0 1", "text/x", METADATA, "in")
    story = letter.story
    assert (story.client, story.topic, story.component, story.group) == (
        *("default", "in", "guest", "guest"),
    )
    assert (story.attempts, story.outcome, story.reason) == (3, "other", "other: fails always")
    assert story.first_time <= story.last_time
    assert story.first_time.endswith("Z")
    assert (story.host, story.version) == letters.this_host()
    assert len(story.dead_letter) == 12
    counters = host.counters("guest")
    assert (counters.errors, counters.retried, counters.dead_lettered) == (3, 2, 1)


async def test_dead_letters_wait_though_nobody_listens() -> None:
    """The host has the group made that keeps them, before the first message."""
    config = configured({"dead_letter": {"topic": "dead"}})
    async with Host(config) as host:
        host.broker().publish("in", Message(b"7 t 0 1"))
        await eventually(lambda: host.counters("guest").dead_lettered)
        found: list[Delivery] = []
        await host.broker().subscribe(
            "dead", found.append, group=letters.GROUP, prefetch=1, start="new"
        )
        await eventually(lambda: found)
    letter = letters.read(found[0].message)
    assert letter is not None
    assert letter.story.outcome == "trap"
    assert "\n" not in letter.story.reason


async def test_a_message_is_not_acknowledged_before_its_dead_letter_is_confirmed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """While the target is away the message is kept; a host that stops meanwhile hands it back."""
    caplog.set_level(logging.WARNING)
    config = configured({"dead_letter": {"topic": "dead", "client": "other"}}, drain="0s")
    observer = Config.from_dict({"clients": {"default": {"url": config.clients["default"].url}}})
    async with Host(observer) as outside:
        async with Host(config) as host:
            await host.broker("other").close()  # whatever is published now fails
            outside.broker().publish("in", Message(b"7 f 0 1"))
            await eventually(lambda: "is not confirmed" in caplog.text)
            assert host.counters("guest").dead_lettered == 0
        received: list[Delivery] = []
        await outside.broker().subscribe(
            "in", received.append, group="guest", prefetch=1, start="new"
        )
        await eventually(lambda: received)
    assert received[0].message.data == b"7 f 0 1"


@pytest.mark.parametrize(
    ("subscription", "counted"),
    [
        ({"on_exhausted": "drop"}, {"errors": 3, "dropped": 1, "retried": 2}),
        ({"actions": {"other": "drop"}}, {"errors": 1, "dropped": 1, "retried": 0}),
        ({"actions": {"other": "ack"}}, {"errors": 1, "dropped": 0, "retried": 0}),
        (
            {"actions": {"other": "dead-letter"}, "dead_letter": {"topic": "dead"}},
            {"errors": 1, "dead_lettered": 1, "retried": 0},
        ),
    ],
)
async def test_each_row_of_the_table_can_be_set(
    subscription: dict[str, Any], counted: dict[str, int], caplog: pytest.LogCaptureFixture
) -> None:
    """What the operator wants instead of the default, counted and logged."""
    caplog.set_level(logging.WARNING)
    async with Host(configured(subscription)) as host, collect(host.broker(), "out") as out:
        host.broker().publish("in", Message(b"7 f 0 1"))
        host.broker().publish("in", Message(b"8 s 0 1"))
        await eventually(lambda: host.counters("guest").handled)
        await eventually(
            lambda: all(getattr(host.counters("guest"), key) >= n for key, n in counted.items())
        )
        await asyncio.sleep(0.05)
        assert await out.wait(1)
    counters = host.counters("guest")
    assert {key: getattr(counters, key) for key in counted} == counted
    assert "fails always" in caplog.text


async def test_a_message_that_cannot_be_given_up_stops_its_subscription(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Only that one; the message is still with the broker, and the log says what to do."""
    config = configured({}, {"topic": "second"})
    observer = Config.from_dict({"clients": {"default": {"url": config.clients["default"].url}}})
    async with Host(observer) as outside:
        async with Host(config) as host, collect(host.broker(), "out") as out:
            outside.broker().publish("in", Message(b"7 f 0 1"))
            await eventually(lambda: "stops" in caplog.text)
            outside.broker().publish("in", Message(b"8 s 0 1"))
            outside.broker().publish("second", Message(b"9 s 0 1"))
            while b"9/0" not in [message.data for message in await out.wait(len(out) + 1)]:
                pass
        assert "mend the cause, or configure dead_letter" in caplog.text
        left: list[Delivery] = []
        await outside.broker().subscribe("in", left.append, group="guest", prefetch=9, start="new")
        await eventually(lambda: len(left) == 2)
    assert sorted(delivery.message.data for delivery in left) == [b"7 f 0 1", b"8 s 0 1"]


async def test_a_host_without_any_subscription_left_says_so() -> None:
    """``wait`` raises with the reason; a supervisor can act on it."""
    async with Host(configured()) as host:
        host.broker().publish("in", Message(b"7 f 0 1"))
        with pytest.raises(SubscriptionStoppedError, match="fails always"):
            await asyncio.wait_for(host.wait(), 5)


async def test_a_dead_letter_that_is_refused_stops_the_subscription() -> None:
    """Neither lost nor tried for ever."""
    config = configured({"dead_letter": {"topic": "dead", "client": "other"}})
    small = config.clients["other"].model_copy(update={"max_message_size": 4})
    config = config.model_copy(update={"clients": {**config.clients, "other": small}})
    async with Host(config) as host:
        host.broker().publish("in", Message(b"7 f 0 1"))
        with pytest.raises(SubscriptionStoppedError, match="dead letter for dead was refused"):
            await asyncio.wait_for(host.wait(), 5)


@pytest.mark.parametrize("order", ["topic", "metadata:key"])
async def test_order_is_kept_while_one_fails(order: str) -> None:
    """A message that needs three attempts holds those of its key, and only those."""
    config = configured(
        {"topic": "in.*", "order": order, "retry": {"initial": "50ms"}}, sends="on-success"
    )
    async with Host(config) as host, collect(host.broker(), "out") as out:
        for number in range(20):
            key = "a" if number % 2 else "b"
            body = b"%d %b 2 1" % (number, b"l" if number == 1 else b"s")
            host.broker().publish(f"in.{key}", Message(body, None, (("key", key),)))
        messages = [int(message.data.split(b"/")[0]) for message in await out.wait(20)]
    odd = [number for number in messages if number % 2]
    assert odd == sorted(odd)
    even = [number for number in messages if not number % 2]
    assert even == sorted(even)
    assert messages.index(18) < messages.index(1), "those of the other key had to wait"


async def test_messages_without_the_key_are_not_ordered() -> None:
    """They do not wait for each other."""
    config = configured({"order": "metadata:key", "retry": {"initial": "200ms"}})
    async with Host(config) as host, collect(host.broker(), "out") as out:
        host.broker().publish("in", Message(b"1 l 1 2"))
        host.broker().publish("in", Message(b"2 s 0 1"))
        messages = [message.data for message in await out.wait(4)]
    assert messages == [b"1/0", b"2/0", b"1/0", b"1/1"]


async def test_a_slow_component_does_not_hold_another_one_up() -> None:
    """Though it has all the bytes in flight that it can get."""
    config = configured(guest="sleep/c", instances=1)
    fast = configured({"topic": "fast"}).components["guest"]
    config = config.model_copy(
        update={
            "components": {**config.components, "fast": fast},
            "max_bytes_in_flight": 200_000,
        }
    )
    async with Host(config) as host, collect(host.broker(), "out") as out:
        for _ in range(100):
            host.broker().publish("in", Message(b"20000" + bytes(10_000)))
        await eventually(lambda: host._dispatcher.running)
        for number in range(200):
            body = b"%d s 0 1 %b" % (number, b"x" * 10_000)
            host.broker().publish("fast", Message(body))
        await out.wait(200, timeout=10)
        assert host._subscriptions._admission.held < 200_000
        host.stop(now=True)


async def test_bytes_in_flight_are_bounded() -> None:
    """What is over the bound waits at the broker, and all of it is handled in the end."""
    config = configured({"max_in_flight": 1000}, instances=1)
    config = config.model_copy(update={"max_bytes_in_flight": 100_000})
    highest = 0
    async with Host(config) as host, collect(host.broker(), "out", prefetch=2000) as out:
        admission = host._subscriptions._admission
        for number in range(1000):
            body = b"%d s 0 1 %b" % (number, b"x" * 5_000)
            host.broker().publish("in", Message(body))
            highest = max(highest, admission.held)
        await out.wait(1000, timeout=10)
    assert 50_000 < highest <= 120_000
    assert admission.held == 0


async def test_an_error_that_cannot_be_told_of_fails_one_send_and_no_host(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Brokers may be anybody's, and so may their exceptions."""

    class UnspeakableError(Exception):
        """Has no words for itself."""

        def __repr__(self) -> str:
            raise KeyError("no words")

    def refuse(*_: object) -> None:
        raise UnspeakableError

    async with Host(configured(guest="echo/c")) as host:
        monkeypatch.setattr(type(host.broker()), "publish", refuse)
        with pytest.raises(GuestError, match="the host failed"):
            await host.deliver("guest", Message(b"x", topic="in"))
        monkeypatch.undo()
        await host.deliver("guest", Message(b"x", topic="in"))
    assert "an operation was not answered" in caplog.text


async def test_a_failed_engine_ends_the_host() -> None:
    """What was in flight goes back to the broker at once; ``wait`` raises; nothing hangs."""

    class Broken:
        """An engine whose turn raises."""

        def __init__(self, engine: Any) -> None:
            self._engine = engine

        def __getattr__(self, name: str) -> Any:
            return getattr(self._engine, name)

        def turn(self, *_: object) -> None:
            raise RuntimeError("broken")

    config = configured(drain="30s")
    observer = Config.from_dict({"clients": {"default": {"url": config.clients["default"].url}}})
    async with Host(observer) as outside:
        async with asyncio.timeout(10), Host(config) as host:
            host._dispatcher._engine = Broken(host._dispatcher._engine)  # type: ignore[assignment]
            for number in range(100):
                outside.broker().publish("in", Message(b"%d s 0 1" % number))
            with pytest.raises(EngineError, match="broken"):
                await host.wait()
            with pytest.raises(EngineError, match="broken"):
                await host.deliver("guest", Message(b"", topic="in"))
        left: list[Delivery] = []
        await outside.broker().subscribe(
            "in", left.append, group="guest", prefetch=200, start="new"
        )
        await eventually(lambda: len(left) == 100)
