"""The host with brokers and callers that misbehave: everything is answered, everything ends."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from guests.hosting import NAME, built, handle, hosting
from wasi_messaging import (
    Config,
    ConfigError,
    GuestError,
    Host,
    HostStoppedError,
    Message,
    MessageRejectedError,
    MessageTooLargeError,
)
from wasi_messaging.abc import Subscription
from wasi_messaging.brokers.memory import MemoryBroker


def two_subscriptions(**more: Any) -> Config:
    """The C echo, subscribed to ``in`` and ``other``."""
    component = {
        "path": str(built("echo/c")),
        "subscriptions": [{"topic": "in"}, {"topic": "other"}],
        "permissions": {"default": {"send": [">"]}},
    }
    return Config.from_dict(
        {
            "clients": {"default": {"url": "memory:"}},
            "components": {"guest": component | more},
            "drain": "2s",
        }
    )


async def test_a_body_that_is_not_bytes_is_refused_and_does_no_harm() -> None:
    """The caller's mistake is the caller's error; the next message is handled."""
    async with hosting("echo/c") as host:
        with pytest.raises(TypeError, match="bytes, not str"):
            await host.deliver(NAME, Message("text", topic="in"))  # type: ignore[arg-type]
        await handle(host)


async def test_text_that_cannot_be_encoded_does_not_take_others_with_it() -> None:
    """A lone surrogate in one message is the caller's error; the others are handled."""
    async with hosting("echo/c") as host:
        bad = Message(b"", content_type="\udc80", topic="in")
        good = [host.deliver(NAME, Message(b"x", topic="in")) for _ in range(10)]
        outcomes = await asyncio.gather(host.deliver(NAME, bad), *good, return_exceptions=True)
        assert isinstance(outcomes[0], MessageRejectedError)
        assert str(outcomes[0]) == "content type '\\udc80': no valid Unicode text"
        assert outcomes[1:] == [None] * 10


async def test_a_result_of_publish_is_not_taken_for_replies(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A broker may be written as coroutines that return whatever they like."""

    async def publish(self: MemoryBroker, topic: str, message: Message) -> object:
        return "an acknowledgement"

    monkeypatch.setattr(MemoryBroker, "publish", publish)
    async with hosting("echo/c", deadline="2s") as host:
        await handle(host)


@pytest.mark.parametrize("method", ["matcher", "publish"])
async def test_whatever_a_broker_raises_answers_the_guest(
    method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault in a broker is an error for the guest at once, not a wait until its deadline."""

    def fail(*_: object) -> object:
        raise ZeroDivisionError("a fault of the broker")

    broken = (lambda *_: fail) if method == "matcher" else fail
    monkeypatch.setattr(MemoryBroker, method, broken)
    async with hosting("echo/c", deadline="30s") as host:
        async with asyncio.timeout(5):
            with pytest.raises(GuestError, match="ZeroDivisionError"):
                await handle(host)


async def test_leaving_ends_deliveries_that_are_under_way() -> None:
    """Nobody waits for ever for a host that is gone, on whatever thread the guest is."""
    config = two_subscriptions(path=str(built("sleep/c"))).model_copy(update={"drain": 0.1})
    async with Host(config, subscribe=False) as host:
        waiting = asyncio.create_task(host.deliver("guest", Message(b"20000", topic="in")))
        await asyncio.sleep(0.05)
    async with asyncio.timeout(5):
        with pytest.raises(HostStoppedError):
            await waiting


async def test_a_timeout_around_deliver_is_a_timeout() -> None:
    """The caller's cancellation is the caller's, also after the host was asked to stop."""
    async with hosting("sleep/c") as host:
        host.stop()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await handle(host, data=b"5000")


async def test_nothing_is_handled_before_everything_is_attached(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A host that is refused its second subscription has not touched the first one's messages."""
    subscribe = MemoryBroker.subscribe
    sent: list[str] = []

    async def only_one(self: MemoryBroker, pattern: str, *rest: Any, **more: Any) -> Subscription:
        if pattern == "other":
            raise ConfigError("the second one is refused")
        subscription = await subscribe(self, pattern, *rest, **more)
        assert self.publish("in", Message(b"early")) is None
        return subscription

    def publish(self: MemoryBroker, topic: str, message: Message) -> None:
        sent.append(topic)
        self._put(topic, message, None)

    monkeypatch.setattr(MemoryBroker, "subscribe", only_one)
    monkeypatch.setattr(MemoryBroker, "publish", publish)
    with pytest.raises(ConfigError, match="refused"):
        async with Host(two_subscriptions()):
            pass
    assert sent == ["in"]


async def test_one_subscription_that_cannot_stop_keeps_no_other_from_it(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What is in flight is finished all the same, and the failure is logged."""
    async with Host(two_subscriptions(path=str(built("sleep/c")))) as host:
        broken = host._subscriptions.attachments[0]

        async def fail() -> None:
            raise OSError("no")

        monkeypatch.setattr(broken, "stop", fail)
        host.broker().publish("other", Message(b"300"))
        await asyncio.sleep(0.05)
    assert host.counters("guest").handled == 1
    assert "did not stop" in caplog.text


async def test_denials_do_not_flood_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """So many a second, shortened; the rest is counted."""
    caplog.set_level(logging.WARNING)
    async with hosting("echo/c", send=(), log_lines_per_second=5) as host:
        for _ in range(100):
            with pytest.raises(GuestError, match="permission-denied"):
                await handle(host)
        assert host.counters(NAME).denied == 100
    assert 5 <= len([r for r in caplog.records if "permission denied" in r.message]) < 50


async def test_deliver_knows_the_size_limit() -> None:
    """A message over the component's limit is not given to the guest by any way."""
    async with hosting("echo/c", max_message_size=10) as host:
        with pytest.raises(MessageTooLargeError, match="max_message_size"):
            await handle(host, data=bytes(11))
        await handle(host, data=bytes(10))


async def test_no_embedded_server_for_nobody(tmp_path: Any) -> None:
    """The implicit default client is not started when every component uses another one."""
    component = {"path": str(built("echo/c")), "subscriptions": [{"topic": "in", "client": "m"}]}
    config = Config.from_dict(
        {"clients": {"m": {"url": "memory:"}}, "components": {"guest": component}},
        folder=tmp_path,
    )
    async with Host(config) as host:
        with pytest.raises(ConfigError, match="'default'"):
            host.broker("default")
    assert not (tmp_path / ".wasi-messaging").exists()


async def test_a_host_is_entered_once() -> None:
    """A second time is a mistake of the program and told so."""
    host = Host(two_subscriptions())
    async with host:
        pass
    with pytest.raises(RuntimeError, match="once"):
        async with host:
            pass


async def test_a_damaged_compiled_component_is_made_again(tmp_path: Any) -> None:
    """A cache entry that a power cut left empty does not keep the host from starting."""
    for _ in range(2):
        async with Host(two_subscriptions(), cache=tmp_path / "cache") as host:
            await host.deliver("guest", Message(b"x", topic="in"))
        [artifact] = (tmp_path / "cache").glob("*.cwasm")
        artifact.write_bytes(b"")


async def test_a_receiver_may_acknowledge_at_once() -> None:
    """The memory broker hands out a long queue to a receiver that settles in its callback."""
    async with hosting("echo/c") as host:
        broker = host.broker()
        first = await broker.subscribe("t", lambda _: None, group="g", prefetch=1, start="new")
        await first.stop()
        for _ in range(5000):
            broker.publish("t", Message(b""))
        seen: list[int] = []

        def receive(delivery: Any) -> None:
            delivery.ack()
            seen.append(delivery.attempt)

        await broker.subscribe("t", receive, group="g", prefetch=1, start="new")
        assert len(seen) == 5000
