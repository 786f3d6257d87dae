"""What tests of request and reply arrange."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from wasi_messaging import Host, Message
from wasi_messaging.abc import Broker
from wasi_messaging.testing.suite import Inbox

from .hosting import component

ASKER = "asker"
TIMEOUT = 5.0
MAX_U32 = 2**32 - 1


def asker(**settings: object) -> dict[str, dict[str, object]]:
    """The component that asks ``question``."""
    return {ASKER: component("asking/c", request=("question",)) | settings}


async def ask(
    host: Host, body: bytes, *, timeout_ms: int | None = None, expected: int | None = None
) -> None:
    """Have the asker ask, with these options, and wait until it is done.

    Raises:
        GuestError: the request failed so.
    """
    options = {"timeout-ms": timeout_ms, "expected-replies": expected}
    pairs = tuple((key, str(value)) for key, value in options.items() if value is not None)
    await host.deliver(ASKER, Message(body, metadata=pairs or None, topic="in"))


@asynccontextmanager
async def questions(broker: Broker, topic: str = "question") -> AsyncIterator[Inbox]:
    """Everything asked, for the test to answer."""
    inbox = Inbox()
    subscription = await broker.subscribe(topic, inbox, group="test", prefetch=2000, start="new")
    try:
        yield inbox
    finally:
        await subscription.stop()
