"""Input read without holding up the event loop, whether it is a file, a pipe or a terminal."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator

CHUNK = 256 * 1024


async def chunks(descriptor: int) -> AsyncIterator[bytes]:
    """What a file descriptor gives, as it arrives, until its end."""
    while True:
        await _readable(descriptor)
        data = await asyncio.to_thread(os.read, descriptor, CHUNK)
        if not data:
            return
        yield data


async def lines(descriptor: int) -> AsyncIterator[bytes]:
    """Its lines, without their ends; also a last one that has none."""
    rest: list[bytes] = []
    async for chunk in chunks(descriptor):
        first, *others = chunk.split(b"\n")
        rest.append(first)
        for other in others:
            yield b"".join(rest)
            rest = [other]
    if any(rest):
        yield b"".join(rest)


async def everything(descriptor: int) -> bytes:
    """All that it gives."""
    return b"".join([chunk async for chunk in chunks(descriptor)])


async def _readable(descriptor: int) -> None:
    """Wait until a read would return: a thread that waits for a pipe could not be cancelled."""
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    try:
        loop.add_reader(descriptor, ready.set)
    except OSError:  # a file is always readable, and epoll does not take it
        return
    try:
        await ready.wait()
    finally:
        loop.remove_reader(descriptor)
