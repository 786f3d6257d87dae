"""Hosts that do not do what the interface says, each in one way; also as an adapter program."""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import replace

from wasi_messaging import Message
from wasi_messaging.conformance.__main__ import serve
from wasi_messaging.conformance.ours import OurHost
from wasi_messaging.conformance.protocol import Settled


class Acknowledges(OurHost):
    """Acknowledges whatever the handler answered."""

    async def settle(self, count: int, seconds: float) -> list[Settled]:
        """What there is, all of it acknowledged."""
        settled = await super().settle(count, seconds)
        return [one.model_copy(update={"acknowledged": True}) for one in settled]


class Loses(OurHost):
    """Loses metadata."""

    async def collect(self, count: int, seconds: float) -> list[Message]:
        """What there is, without its metadata."""
        return [replace(one, metadata=None) for one in await super().collect(count, seconds)]


class Repeats(OurHost):
    """Sends everything twice."""

    async def collect(self, count: int, seconds: float) -> list[Message]:
        """What there is, twice."""
        return [one for one in await super().collect(count, seconds) for _ in range(2)]


class Reorders(OurHost):
    """Sends in another order."""

    async def collect(self, count: int, seconds: float) -> list[Message]:
        """What there is, backwards."""
        return (await super().collect(count, seconds))[::-1]


class RepeatsLater(OurHost):
    """Sends everything again, a moment later."""

    async def collect(self, count: int, seconds: float) -> list[Message]:
        """What there is, and for whoever waits for more all of it again."""
        messages = await super().collect(count, seconds)
        if len(messages) >= count or seconds < 0.1:
            return messages
        return [*messages, *messages]


class Dies(OurHost):
    """Ends in the middle of a scenario."""

    async def publish(self, topic: str, message: Message) -> None:
        """The end, for one of the cases."""
        if topic.endswith(".error-other"):
            os._exit(3)
        await super().publish(topic, message)


class KnowsNothing(OurHost):
    """Knows only whether it acknowledged."""

    async def settle(self, count: int, seconds: float) -> list[Settled]:
        """What there is, without what it was."""
        settled = await super().settle(count, seconds)
        return [one.model_copy(update={"outcome": None, "text": ""}) for one in settled]


if __name__ == "__main__":
    liar: type[OurHost] = globals()[sys.argv[1]]
    asyncio.run(serve(liar("memory:")))
