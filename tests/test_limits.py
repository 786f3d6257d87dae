"""Every limit and every permission: what a guest tried, what it got, what the operator saw.

Each row is met twice, by a message that the program delivers and by one from a subscription, and
after that the host still handles a harmless one.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import pytest

from guests.hosting import NAME, hosting
from wasi_messaging import (
    DeadlineExceededError,
    GuestError,
    GuestTrapError,
    HandlingError,
    Host,
    LimitExceededError,
    Message,
    MessageTooLargeError,
)
from wasi_messaging.errors import ErrorKind

CLIENTS = {"secret": {"url": "memory:"}}
"""A client that is there and that no row grants."""
TINY = {"max_metadata_pairs": 3, "max_metadata_size": 100}


def _in(data: bytes = b"", topic: str = "in", metadata: tuple[str, ...] | None = None) -> Message:
    pairs = None if metadata is None else tuple(("k", value) for value in metadata)
    return Message(data, topic=topic, metadata=pairs)


@dataclass(frozen=True)
class Row:
    """One way to go too far.

    Attributes:
        tried: what the guest tried, or what was tried on it.
        guest: by which guest.
        message: and which message.
        harmless: what the same guest does without going too far.
        settings: of the component, besides its permission to send to ``out``.
        error: what ``deliver`` raised; ``None``: nothing.
        kind: the case of ``error`` that an operation gave the guest, which returned it.
        text: words of the error.
        log: words in the component's log, about the message of the subscription; default: those of
            the error; nothing to see where there is none.
        counted: counters that went up by one for each message.
        at_once: so many of the message at the same time.
    """

    tried: str
    guest: str
    message: Message
    harmless: Message
    settings: Mapping[str, object] = field(default_factory=dict)
    error: type[HandlingError] | None = None
    kind: ErrorKind | None = None
    text: str = ""
    log: str = ""
    counted: tuple[str, ...] = ()
    at_once: int = 1


ROWS = [
    # limits of the engine: the guest traps or is stopped, and its instance is gone
    Row("memory", "memory-hog/c", _in(b"200"), _in(b"1"), {"memory": "64MiB"},
        error=LimitExceededError, counted=("traps",),
        text="memory limit of 64 MiB reached: wasm `unreachable` instruction executed"),
    Row("memory in the host", "leak/c", _in(b"200000"), _in(b"10"),
        {"memory": "2MiB", "max_handles": 1_000_000},
        error=LimitExceededError, counted=("traps",),
        text="memory limit of 2 MiB reached: its live messages and clients would take 2.0 MiB"),
    Row("tables", "table-hog/wat", _in(b"x"), _in(), {"max_table_elements": 1000},
        error=LimitExceededError, counted=("traps",),
        text="limit of 1000 table elements reached: wasm `unreachable` instruction executed"),
    Row("tables by default", "table-hog/wat", _in(b"x"), _in(),
        error=LimitExceededError, counted=("traps",),
        text="limit of 1000000 table elements reached: wasm `unreachable` instruction executed"),
    Row("handles", "leak/c", _in(b"1000"), _in(b"10"), {"max_handles": 100},
        error=LimitExceededError, counted=("traps",), text="limit of 100 live handles reached"),
    Row("fuel", "spin/c", _in(topic="spin"), _in(topic="fine"), {"fuel": 1_000_000},
        error=LimitExceededError, counted=("traps",),
        text="limit of 1000000 units of fuel reached"),
    Row("time, working", "spin/c", _in(topic="spin"), _in(topic="fine"), {"deadline": "200ms"},
        error=DeadlineExceededError, counted=("deadlines",), text="deadline of 0.2 s passed"),
    Row("time, with fuel", "spin/c", _in(topic="spin"), _in(topic="fine"),
        {"deadline": "200ms", "fuel": 10**18},
        error=DeadlineExceededError, counted=("deadlines",), text="deadline of 0.2 s passed"),
    Row("time, waiting", "sleep/c", _in(b"60000"), _in(b"0"), {"deadline": "200ms"},
        error=DeadlineExceededError, counted=("deadlines",), text="deadline of 0.2 s passed"),
    Row("stack", "recursion/c", _in(topic="deep"), _in(topic="fine"),
        error=GuestTrapError, counted=("traps",), text="call stack exhausted"),
    Row("instances", "sleep/c", _in(b"5"), _in(b"0"), {"instances": 2},
        counted=("handled",), at_once=20),

    # limits of the host on a message coming in: the guest does not see it
    Row("body in", "big-message/c", _in(b"0" * 11), _in(b"1"), {"max_message_size": 10},
        error=MessageTooLargeError, counted=("failures",),
        text="a body of 11 bytes is over the component's limit of 10 (max_message_size)"),
    Row("metadata pairs in", "metadata-flood/c", _in(b"1 1", metadata=("",) * 4),
        _in(b"1 1", metadata=("",) * 3), TINY,
        error=MessageTooLargeError, counted=("failures",),
        text="4 metadata pairs are over the component's limit of 3 (max_metadata_pairs)"),
    Row("metadata bytes in", "metadata-flood/c", _in(b"1 1", metadata=("é" * 50,)),
        _in(b"1 1", metadata=("v" * 99,)), TINY,
        error=MessageTooLargeError, counted=("failures",),
        text="101 bytes of metadata are over the component's limit of 100 (max_metadata_size)"),

    # … and going out: the send fails, the guest goes on
    Row("body out", "big-message/c", _in(b"1001"), _in(b"1000"), {"max_message_size": 1000},
        error=GuestError, kind="other", counted=("errors", "send_errors"),
        text="a body of 1,001 bytes is over the component's limit of 1,000 (max_message_size)"),
    Row("metadata pairs out", "metadata-flood/c", _in(b"4 1"), _in(b"3 1"), TINY,
        error=GuestError, kind="other", counted=("errors", "send_errors"),
        text="4 metadata pairs are over the component's limit of 3 (max_metadata_pairs)"),
    Row("metadata bytes out", "metadata-flood/c", _in(b"1 100"), _in(b"1 99"), TINY,
        error=GuestError, kind="other", counted=("errors", "send_errors"),
        text="101 bytes of metadata are over the component's limit of 100 (max_metadata_size)"),
    Row("metadata by default", "metadata-flood/c", _in(b"1001 1"), _in(b"1000 1"),
        error=GuestError, kind="other", counted=("errors", "send_errors"),
        text="1,001 metadata pairs are over the component's limit of 1,000 (max_metadata_pairs)"),
    Row("sends", "send-many/c", _in(b"6"), _in(b"5"), {"max_sends_per_handling": 5},
        error=GuestError, kind="other", counted=("errors", "send_errors"),
        text="a handling may make 5 sends (max_sends_per_handling)"),
    Row("log lines", "stdout-flood/c", _in(b"5000"), _in(b"1"), {"log_lines_per_second": 20},
        counted=("handled",), log="left out"),

    # permissions: what is not granted is denied, and looks the same as what there is not
    Row("a send", "attempt/c", _in(b"other", topic="send"), _in(b"out", topic="send"),
        error=GuestError, kind="permission-denied", counted=("errors", "denied"),
        text="sending to 'other' is not granted",
        log="permission denied: sending to 'other' is not granted"),
    Row("a request", "attempt/c", _in(b"out", topic="request"), _in(b"out", topic="send"),
        error=GuestError, kind="permission-denied", counted=("errors", "denied"),
        text="requests to 'out' are not granted",
        log="permission denied: requests to 'out' are not granted"),
    Row("an unknown client", "attempt/c", _in(b"unknown", topic="connect"),
        _in(b"default", topic="connect"),
        error=GuestError, kind="permission-denied", counted=("errors", "denied"),
        text="client 'unknown' is not granted",
        log="permission denied: client 'unknown' is not granted"),
    Row("a client not granted", "attempt/c", _in(b"secret", topic="connect"),
        _in(b"default", topic="connect"),
        error=GuestError, kind="permission-denied", counted=("errors", "denied"),
        text="client 'secret' is not granted",
        log="permission denied: client 'secret' is not granted"),
]  # fmt: skip


class Log(logging.Handler):
    """What the operator reads about the component.

    Args:
        words: what is waited for.
    """

    def __init__(self, words: str) -> None:
        super().__init__()
        self._words = words
        self._found = asyncio.Event()

    def emit(self, record: logging.LogRecord) -> None:
        """Look for the words."""
        if self._words in record.getMessage():
            self._found.set()

    async def wait(self) -> None:
        """Return when the words were logged."""
        await asyncio.wait_for(self._found.wait(), 10)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.tried.replace(" ", "-"))
async def test_too_much(row: Row, caplog: pytest.LogCaptureFixture) -> None:
    """The guest gets a clear error or is stopped, the operator can tell, the host goes on."""
    logger = logging.getLogger(f"wasi_messaging.component.{NAME}")
    caplog.set_level(logging.INFO, logger=logger.name)
    log = Log(row.log or row.text)
    subscriptions = [{"topic": row.message.topic}]
    settings: dict[str, Any] = {"instances": 1, "subscriptions": subscriptions, **row.settings}
    async with hosting(row.guest, send=("out",), clients=CLIENTS, **settings) as host:
        before = asdict(host.counters(NAME))
        errors = await asyncio.gather(*(_deliver(host, row) for _ in range(row.at_once)))
        for error in errors:
            assert type(error) is (row.error or type(None)), error
            assert getattr(error, "kind", None) == row.kind
            assert row.text in str(error or "")
        after = asdict(host.counters(NAME))
        up = {name: after[name] - before[name] for name in after if after[name] != before[name]}
        assert up.pop("sent", 0) <= 5
        assert up == dict.fromkeys(row.counted, row.at_once)

        logger.addHandler(log)
        try:
            await _publish(host, row.message)
            if row.log or row.text:
                await log.wait()
        finally:
            logger.removeHandler(log)
        await host.deliver(NAME, row.harmless)


async def _deliver(host: Host, row: Row) -> HandlingError | None:
    try:
        await host.deliver(NAME, row.message)
    except HandlingError as error:
        return error
    return None


async def _publish(host: Host, message: Message) -> None:
    completion = host.broker().publish(message.topic or "", message)
    if completion is not None:
        await completion
