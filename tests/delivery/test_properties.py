"""Whatever happens, each message ends in one way: acked, dead-lettered, dropped, or handed back."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delivery import virtual_time
from delivery.simulation import (
    ENDINGS,
    LEASE,
    Attempt,
    Log,
    ScriptedDispatcher,
    SimulatedBroker,
    attachment,
)
from wasi_messaging.abc import Delivery
from wasi_messaging.config import SubscriptionConfig
from wasi_messaging.delivery.admission import Admission
from wasi_messaging.delivery.attachment import Attachment
from wasi_messaging.delivery.settling import Settlements
from wasi_messaging.message import Message

ACTIONS = ("ack", "retry", "dead-letter", "drop", "stop")
KEYS = ("a", "b", None)


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Thousands of scripted failures are no news."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@dataclass(frozen=True)
class Scene:
    """One run.

    Attributes:
        config: the subscription.
        script: for each message its key and how its attempts end.
        away: from when to when the dead letters' broker is away.
        cut: from when to when nothing can be settled.
        stop: when the host is stopped, and how long it may finish.
        able: capabilities of the broker that are not the usual.
        limit: bytes in flight.
    """

    config: SubscriptionConfig
    script: tuple[tuple[str | None, tuple[Attempt, ...]], ...]
    away: tuple[float, float]
    cut: tuple[float, float]
    stop: tuple[float, float]
    able: dict[str, bool]
    limit: int


attempts = st.builds(
    Attempt, st.sampled_from(sorted(ENDINGS)), st.sampled_from((0.0, 0.01, 0.5, 3.0, 70.0))
)
messages = st.tuples(st.sampled_from(KEYS), st.lists(attempts, max_size=5).map(tuple))


@st.composite
def configs(draw: st.DrawFn) -> SubscriptionConfig:
    """Any table that is accepted."""
    target = draw(st.booleans())
    allowed = [action for action in ACTIONS if target or action != "dead-letter"]
    rows = draw(
        st.dictionaries(
            st.sampled_from([row for row in ENDINGS if row != "ok"]), st.sampled_from(allowed)
        )
    )
    if draw(st.booleans()):
        rows["ok"] = draw(st.sampled_from([action for action in allowed if action != "retry"]))
    exhausted = [None, "stop", "drop", *(["dead-letter"] if target else [])]
    return SubscriptionConfig.model_validate(
        {
            "topic": "in",
            "group": "g",
            "max_in_flight": draw(st.integers(1, 8)),
            "order": draw(st.sampled_from(("none", "topic", "metadata:key"))),
            "retry": {
                "attempts": draw(st.integers(1, 4)),
                "initial": draw(st.sampled_from((0.0, 0.2, 45.0))),
                "max": 100.0,
            },
            "actions": rows,
            "dead_letter": {"topic": "dead"} if target else None,
            "on_exhausted": draw(st.sampled_from(exhausted)),
        }
    )


connected = st.just((0.0, 0.0))
disconnected = st.sampled_from(((0.0, 0.7), (0.01, 40.0), (2.0, 100.0)))


def scenes(cut: st.SearchStrategy[tuple[float, float]]) -> st.SearchStrategy[Scene]:
    """Runs, with or without times in which the broker hears nothing."""
    return st.builds(
        Scene,
        cut=cut,
        config=configs(),
        script=st.lists(messages, min_size=1, max_size=12).map(tuple),
        away=st.sampled_from(((0.0, 0.0), (0.0, 20.0), (1.0, 500.0))),
        stop=st.tuples(
            st.sampled_from((0.0, 0.05, 2.0, 60.0, 5000.0)), st.sampled_from((0.0, 1.0, 90.0))
        ),
        able=st.sampled_from(({}, {"delayed_nack": False}, {"counts_attempts": False})),
        limit=st.sampled_from((1, 5000, 2**30)),
    )


@dataclass
class Result:
    """What was left, in the order in which it comes again."""

    log: Log
    letters: Counter[bytes]
    left: list[bytes]
    attachment: Attachment
    admission: Admission


async def play(scene: Scene) -> Result:
    """Run a scene to its end, and look what the broker still has."""
    log, name = Log(), uuid4().hex
    bodies = {b"%d" % number: attempts for number, (_, attempts) in enumerate(scene.script)}
    broker = SimulatedBroker(name, log, **scene.able)
    target = SimulatedBroker(f"{name}-dead", Log()) if scene.config.dead_letter else None
    dispatcher, admission = ScriptedDispatcher(bodies, log), Admission(scene.limit)
    subscription = attachment(scene.config, broker, dispatcher, target=target, admission=admission)
    loop = asyncio.get_running_loop()
    async with broker:
        if target is not None:
            await target.open()
            loop.call_at(scene.away[0], setattr, target, "away", True)
            loop.call_at(scene.away[1], setattr, target, "away", False)
        if scene.cut[1]:
            loop.call_at(scene.cut[0], setattr, log, "cut", True)
            loop.call_at(scene.cut[1], setattr, log, "cut", False)
        await subscription.start()
        for number, (key, _) in enumerate(scene.script):
            metadata = None if key is None else (("key", key),)
            broker.publish("in", Message(b"%d" % number, None, metadata))
        subscription.begin()
        await asyncio.sleep(scene.stop[0])
        await stop(subscription, dispatcher, scene.stop[1])
        loop.call_later(0, setattr, log, "cut", False)
        left = await look(broker, "in", "g")
        letters: list[bytes] = []
        if target is not None:
            letters = await look(target, "dead", "wasi-messaging-dead-letters")
            await target.close()
    return Result(log, Counter(letters), left, subscription, admission)


async def stop(subscription: Attachment, dispatcher: ScriptedDispatcher, seconds: float) -> None:
    """As a host does it."""
    await subscription.stop()
    await asyncio.wait({asyncio.create_task(subscription.deliveries.wait_idle())}, timeout=seconds)
    dispatcher.cancel_all()
    await subscription.close()


async def look(broker: SimulatedBroker, topic: str, group: str) -> list[bytes]:
    """What a group still has to get, also later."""
    found: list[bytes] = []

    def take(delivery: Delivery) -> None:
        found.append(delivery.message.data)
        delivery.ack()  # so that a second copy is a second copy

    member = await super(SimulatedBroker, broker).subscribe(
        topic, take, group=group, prefetch=1000, start="new"
    )
    await asyncio.sleep(200)  # longer than the longest pause and the lease
    await member.stop()
    return found


@settings(max_examples=400, deadline=None)
@given(scenes(connected))
def test_every_message_ends_in_one_way(scene: Scene) -> None:
    """Acked, dead-lettered, dropped by configuration, or handed back; never two, never none."""
    result = virtual_time.run(play(scene))
    acked = Counter(one.body for one in result.log.settled if one.how == "ack")
    for number in range(len(scene.script)):
        body = b"%d" % number
        assert acked[body] + result.left.count(body) == 1, (
            f"{body!r}: neither done nor back, or both"
        )
        if result.letters[body]:
            assert acked[body] == 1, f"{body!r} is a dead letter and comes again"
    check_letters(scene, result, acked)
    check_settlements(result)
    check_attempts(scene, result)
    check_order(scene, result)
    assert result.admission.held == 0
    assert result.attachment.bytes_held == 0
    assert len(result.attachment.deliveries._lanes) == 0


def check_letters(scene: Scene, result: Result, acked: Counter[bytes]) -> None:
    """What was acked was handled, or has a dead letter, or was dropped as configured."""
    last = {body: outcome for _, body, _, outcome in result.log.ended if outcome != "cancelled"}
    for body in acked:
        action = scene.config.action(last[body])  # type: ignore[arg-type]
        if action == "retry" or (action == "dead-letter" and scene.config.dead_letter is None):
            action = scene.config.exhausted
        assert action != "stop", f"{body!r} was acked, though {last[body]} stops"
        assert result.letters[body] == (action == "dead-letter"), f"{body!r}: {last[body]}"


def check_settlements(result: Result) -> None:
    """Each delivery was settled once."""
    settled = Counter((one.body, one.attempt) for one in result.log.settled)
    delivered = Counter(result.log.delivered)
    assert all(settled[one] <= delivered[one] for one in settled), "settled twice"


def check_attempts(scene: Scene, result: Result) -> None:
    """None was tried more often than configured, and the numbers grow."""
    limit = scene.config.retry.attempts
    assert isinstance(limit, int)
    numbers: dict[bytes, list[int]] = {}
    for _, body, attempt in result.log.begun:
        numbers.setdefault(body, []).append(attempt)
    for body, tried in numbers.items():
        assert tried == sorted(set(tried)), f"{body!r}: attempts {tried}"
        assert len(tried) <= limit, f"{body!r}: attempts {tried} of {limit}"


def check_order(scene: Scene, result: Result) -> None:
    """Of one key one is at work at a time, and a later one begins when the earlier is done with."""
    if scene.config.order == "none":
        return
    keys = {b"%d" % number: key for number, (key, _) in enumerate(scene.script)}
    for key in KEYS:
        if key is None and scene.config.order != "topic":
            continue
        ours = [
            (what, body)
            for what, body in result.log.order
            if scene.config.order == "topic" or keys[body] == key
        ]
        begun = [body for what, body in ours if what == "begun"]
        assert begun == sorted(begun, key=int), f"key {key}: {begun}"
        back = next((index for index, (what, _) in enumerate(ours) if what == "nack"), len(ours))
        assert not [body for what, body in ours[back:] if what == "begun"], f"key {key}: {ours}"
        left = [body for body in result.left if scene.config.order == "topic" or keys[body] == key]
        assert left == sorted(left, key=int), f"key {key}: comes again as {left}"


@settings(max_examples=300, deadline=None)
@given(scenes(disconnected))
def test_nothing_is_lost_through_disconnects(scene: Scene) -> None:
    """What could not be settled comes again; nothing is acknowledged that was not handled, given
    up with a dead letter, or dropped as configured.
    """
    result = virtual_time.run(play(scene))
    acked = Counter(one.body for one in result.log.settled if one.how == "ack")
    outcomes: dict[bytes, set[str]] = {}
    for _, body, _, outcome in result.log.ended:
        outcomes.setdefault(body, set()).add(outcome)
    for number in range(len(scene.script)):
        body = b"%d" % number
        assert acked[body] + result.left.count(body) == 1, f"{body!r}: {acked[body]} acks"
        if acked[body] and not result.letters[body]:
            done = {scene.config.action(one) for one in outcomes[body] - {"cancelled"}}  # type: ignore[arg-type]
            if done & {"retry", "dead-letter"}:
                done.add(scene.config.exhausted)
            assert done & {"ack", "drop"}, f"{body!r} was acked after {outcomes[body]}"
    assert result.admission.held == 0
    assert len(result.attachment.deliveries._lanes) == 0


def test_a_message_that_is_retried_here_keeps_its_lease() -> None:
    """However short its attempts are and however many."""
    config = SubscriptionConfig.model_validate(
        {
            "topic": "in",
            "group": "g",
            "order": "topic",
            "retry": {"attempts": 500, "initial": 0.2, "max": 0.2},
        }
    )
    script = (("a", tuple(Attempt("other", 0.5) for _ in range(300))),)
    scene = Scene(config, script, (0.0, 0.0), (0.0, 0.0), (5000.0, 90.0), {}, 2**30)
    result = virtual_time.run(play(scene))
    assert result.log.delivered == [(b"0", 1)]
    assert [one.how for one in result.log.settled] == ["ack"]


def test_those_that_wait_for_a_key_leave_room_for_others() -> None:
    """Though they are more than may be in flight."""
    config = SubscriptionConfig.model_validate(
        {
            "topic": "in",
            "group": "g",
            "order": "metadata:key",
            "max_in_flight": 2,
            "retry": {"initial": 60.0},
        }
    )
    waiting = tuple(("a", (Attempt("other", 0.01),) if not n else ()) for n in range(20))
    scene = Scene(config, (*waiting, ("b", ())), (0.0, 0.0), (0.0, 0.0), (500.0, 90.0), {}, 2**30)
    result = virtual_time.run(play(scene))
    [other] = [at for at, body, _, _ in result.log.ended if body == b"20"]
    assert other < 1
    check_order(scene, result)


@pytest.mark.parametrize(
    ("target", "exhausted", "kept"),
    [(True, None, True), (True, "drop", False), (False, None, False)],
)
def test_what_ends_every_host_is_given_up_where_it_is_kept(
    target: bool, exhausted: str | None, kept: bool
) -> None:
    """Delivered so often and never settled it becomes a dead letter; without a target it is tried:
    perhaps the hosts only stopped before they came to it.
    """
    config = SubscriptionConfig.model_validate(
        {
            "topic": "in",
            "group": "g",
            "retry": {"attempts": 2},
            "dead_letter": {"topic": "dead"} if target else None,
            "on_exhausted": exhausted,
        }
    )

    async def crash() -> tuple[Log, list[bytes]]:
        log = Log()
        async with SimulatedBroker(uuid4().hex, Log()) as broker:
            await broker.declare("in", "g")
            broker.publish("in", Message(b"deadly"))
            for _ in range(52):
                taken: list[Delivery] = []
                member = await broker.subscribe(
                    "in", taken.append, group="g", prefetch=1, start="new"
                )
                await member.stop()
                taken[0].nack()
            subscription = attachment(
                config, broker, ScriptedDispatcher({}, log), target=broker if target else None
            )
            await subscription.start()
            subscription.begin()
            await asyncio.sleep(1)
            await stop(subscription, ScriptedDispatcher({}, log), 0)
            assert await look(broker, "in", "g") == []
            return log, await look(broker, "dead", "wasi-messaging-dead-letters") if kept else []

    log, letters = virtual_time.run(crash())
    assert (len(log.begun), letters) == ((0, [b"deadly"]) if kept else (1, []))


def test_a_message_that_comes_again_while_it_is_here_is_handled_once() -> None:
    """Its lease had ended, as in an outage; order is kept, and the newest delivery is settled."""
    config = SubscriptionConfig.model_validate({"topic": "in", "group": "g", "order": "topic"})
    script = {b"%d" % number: [Attempt("ok", 10.0)] for number in range(20)}

    async def outage() -> tuple[Log, list[bytes]]:
        log = Log()
        async with SimulatedBroker(uuid4().hex, log) as broker:
            dispatcher = ScriptedDispatcher(script, log)
            subscription = attachment(config, broker, dispatcher)
            await subscription.start()
            for body in script:
                broker.publish("in", Message(body))
            subscription.begin()
            renew, deliveries = Settlements._renew, subscription.deliveries
            deliveries.settlements._renewer.cancel()  # type: ignore[union-attr]
            await asyncio.sleep(2.2 * LEASE)  # nothing was renewed: everything comes again, twice
            deliveries.settlements._renewer = asyncio.create_task(
                renew(deliveries.settlements, LEASE / 3)
            )
            await asyncio.sleep(300)
            await stop(subscription, dispatcher, 0)
            return log, await look(broker, "in", "g")

    log, left = virtual_time.run(outage())
    assert len(log.delivered) > len(script), "no lease has ended"
    assert [body for _, body, _ in log.begun] == list(script)
    assert left == []
