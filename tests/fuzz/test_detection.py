"""A host that is broken on purpose is seen to be broken."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from guests.hosting import built
from wasi_messaging import Message, handling
from wasi_messaging.brokers.memory import MemoryBroker
from wasi_messaging.delivery.deliveries import Deliveries
from wasi_messaging.delivery.received import Received
from wasi_messaging.dispatch import Dispatcher
from wasi_messaging.errors import EngineError, HandlingError
from wasi_messaging.operations import Operations

from . import carriage, invariants, trial
from .candidate import Candidate
from .carriage import Routes, Sent
from .tally import Tally
from .trial import Trial

GOOD = "echo/wat"


async def tally(tmp_path: Path, *, topic: str = "in") -> Tally:
    """What is found with a component that does nothing wrong."""
    candidate = Candidate(Tally(0), built(GOOD).read_bytes(), {"instances": 2})
    candidate.direct = [Message(b"x", topic=topic)]
    candidate.published = [Message(b"y")]
    await Trial([candidate], tmp_path, built(GOOD)).run()
    return candidate.tally


async def test_a_host_that_works(tmp_path: Path) -> None:
    """Nothing is found."""
    found = await tally(tmp_path)
    assert found.problems == []
    assert found.outcomes == {"ok": 2}


Break = Callable[[pytest.MonkeyPatch], None]


def lose_an_outcome(patch: pytest.MonkeyPatch) -> None:
    """Nobody hears that a message was handled."""
    patch.setattr(trial, "SLACK", 0.3)
    patch.setattr(handling.Direct, "succeed", lambda self: None)


def count_twice(patch: pytest.MonkeyPatch) -> None:
    """A handling is two."""
    succeed = Received.succeed

    def twice(self: Received) -> None:
        self.component.counters.handled += 1
        succeed(self)

    patch.setattr(Received, "succeed", twice)


def never_settle(patch: pytest.MonkeyPatch) -> None:
    """A message from the broker is neither acknowledged nor given up."""
    patch.setattr(trial, "SLACK", 0.3)
    patch.setattr(Deliveries, "finished", lambda *_: None)


def lose_what_is_cancelled(patch: pytest.MonkeyPatch) -> None:
    """Who cancels a message is not counted."""
    patch.setattr(handling.Direct, "cancelled", lambda self: None)


def leak_an_instance(patch: pytest.MonkeyPatch) -> None:
    """One is alive that is neither idle nor at work."""
    load = Dispatcher.__init__

    class Leaking:
        def __init__(self, engine: Any) -> None:
            self._engine = engine

        def __getattr__(self, name: str) -> Any:
            return getattr(self._engine, name)

        def statistics(self, component: int) -> dict[str, int]:
            numbers: dict[str, int] = self._engine.statistics(component)
            return numbers | {"instances": numbers["instances"] + 1}

    patch.setattr(
        Dispatcher,
        "__init__",
        lambda self, engine, *rest: load(self, cast("Any", Leaking(engine)), *rest),
    )


def raise_on_the_way_out(patch: pytest.MonkeyPatch) -> None:
    """An exception while an outcome is acted on."""
    patch.setattr(trial, "SLACK", 0.3)

    def broken(*_: object) -> None:
        raise KeyError("of the host")

    patch.setattr(Received, "succeed", broken)


def raise_in_a_send(patch: pytest.MonkeyPatch) -> None:
    """An exception while a guest is served."""

    def broken(*_: object) -> None:
        raise KeyError("of the host")

    patch.setattr(Operations, "_send", broken)


def blame_the_engine(patch: pytest.MonkeyPatch) -> None:
    """A guest's error is taken for the host's."""

    def of_the_host(*_: object) -> HandlingError:
        return EngineError("not the guest's doing")

    patch.setattr("wasi_messaging.dispatch.failure", of_the_host)


def alter_messages(patch: pytest.MonkeyPatch) -> None:
    """A byte is another."""
    put = MemoryBroker._put

    def altered(self: MemoryBroker, topic: str, message: Message, *rest: Any) -> Any:
        other = Message(message.data + b"!", message.content_type, message.metadata)
        return put(self, topic, other, *rest)

    patch.setattr(MemoryBroker, "_put", altered)


@pytest.mark.parametrize(
    ("broken", "words", "topic"),
    [
        (lose_an_outcome, "a handling did not end at its deadline", "in"),
        (count_twice, "3 handled are counted where there were 2", "in"),
        (never_settle, "published messages are not settled", "in"),
        (leak_an_instance, r"of 2 instances there are \{", "in"),
        (raise_on_the_way_out, "was not acted on: .*KeyError.*of the host", "in"),
        (raise_in_a_send, "a broker failed unexpectedly: KeyError", "in"),
        (blame_the_engine, "a handling ended with EngineError", "fail"),
        (alter_messages, "a good component sent Message", "in"),
    ],
)
async def test_a_broken_host_is_seen(
    broken: Break, words: str, topic: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is broken, in words."""
    broken(monkeypatch)
    found = await tally(tmp_path, topic=topic)
    assert any(re.search(words, text) for text in found.problems), found.problems


async def test_a_cancelled_message_that_is_not_counted_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether or not somebody waits for it, it has an outcome."""
    candidate = Candidate(Tally(0), built("spin/c").read_bytes(), cancelled_after=0.001)
    candidate.direct = [Message(b"x", topic="in")]
    for name in ("works", "broken"):
        (tmp_path / name).mkdir()
    await Trial([candidate], tmp_path / "works", built(GOOD)).run()
    assert candidate.tally.problems == []
    assert candidate.tally.outcomes == {"cancelled": 1}
    lose_what_is_cancelled(monkeypatch)
    await Trial([candidate], tmp_path / "broken", built(GOOD)).run()
    assert "0 outcomes are counted where there were 1: no messages" in candidate.tally.problems


async def test_a_host_that_is_stopped_gives_every_message_an_outcome(tmp_path: Path) -> None:
    """The host's, not the guest's."""
    candidate = Candidate(Tally(0), built("spin/c").read_bytes(), {"deadline": "20s"})
    candidate.stopped_after = 0.05
    candidate.direct = [Message(b"x", topic="in")] * 3
    await Trial([candidate], tmp_path, built(GOOD)).run()
    assert candidate.tally.problems == []
    assert candidate.tally.outcomes == {"stopped": 3}


async def test_an_altered_message_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On its way to the component, and from it."""
    alter_messages(monkeypatch)
    routes = Routes({"memory": {"url": "memory:"}}, built(GOOD), tmp_path)
    (found,) = await routes.carry([Sent(0, "memory", Message(b"x", topic="in.a"))])
    assert [text[:3] for text in found.problems] == ["of ", "of "]


async def test_a_message_refused_for_nothing_is_seen(tmp_path: Path) -> None:
    """What every broker can carry must be carried."""
    routes = Routes({"memory": {"url": "memory:", "max_message_size": 1}}, built(GOOD), tmp_path)
    (found,) = await routes.carry([Sent(0, "memory", Message(b"xx", topic="in.a"))])
    assert found.outcomes == {"rejected": 1}
    (text,) = found.problems
    assert text.startswith("rejected though any broker could carry it: a body of 2 bytes")


def test_exceptions_in_the_log_are_taken() -> None:
    """A message that is not about one is not."""
    seen: list[str] = []
    watch = invariants.Watch(seen.append)
    logger = logging.getLogger("fuzz")
    logger.addHandler(watch)
    logger.error("only words")
    try:
        raise KeyError("x")
    except KeyError:
        logger.exception("went wrong")
    logger.removeHandler(watch)
    assert seen == ["went wrong: KeyError('x')"]


def test_what_is_plain() -> None:
    """Only what no broker has a reason to refuse."""
    plain = Message(b"x", "text-plain", (("key", "value"),), "in.a")
    assert carriage.is_plain(plain)
    for other in (
        Message(b"x", None, None, ""),
        Message(b"x", None, (("nats-x", "v"),), "in"),
        Message(b"x", None, (("a", " v"),), "in"),
        Message(b"x", "é", None, "in"),
        Message(b"x", "x" * carriage.PLAIN_SIZE, None, "in"),
        Message(bytes(carriage.PLAIN_SIZE), None, None, "in"),
    ):
        assert not carriage.is_plain(other)
