"""What the programs that use FastStream have in common, whatever they attach to."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from .contest import Ready
from .handlers import COPIES, change
from .loads import FAN_OUT, REPLY, TRANSFORM


async def echo(body: bytes) -> bytes:
    """What a handler returns is published, or is the reply."""
    return body


async def transformed(event: dict[str, Any]) -> dict[str, Any]:
    """FastStream reads and writes JSON itself."""
    return change(event)


async def serve(
    handler: str,
    broker: Any,
    attach: Callable[[Any], Any],
    to_out: Any,
    reply: Callable[..., Awaitable[Any]],
    ready: Ready,
) -> None:
    """Handle messages until stopped.

    Args:
        handler: as in a load.
        broker: of FastStream.
        attach: its decorator for what takes messages.
        to_out: its publisher.
        reply: takes what is to be answered.
        ready: to be called when messages may come.
    """

    async def fan_out(body: bytes) -> None:
        for _ in range(COPIES):
            await to_out.publish(body)

    if handler == FAN_OUT:
        attach(fan_out)
    elif handler == REPLY:
        attach(reply)
    else:
        attach(to_out(transformed if handler == TRANSFORM else echo))
    await broker.start()
    ready()
    await asyncio.Event().wait()
