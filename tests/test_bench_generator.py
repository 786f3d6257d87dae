"""The load generator: in an open loop a stall counts for every message that was due in it."""

from __future__ import annotations

import asyncio
import json

from measure.loads import ECHO, Load
from measure.places import load_generator

RATE, SECONDS = 1_000, 0.6
PAUSE = 0.2
AT = 200
"""The message at which the server pauses."""


class PausingServer:
    """As much of a nats-server as the generator needs; it gives back what comes, and once waits."""

    def __init__(self) -> None:
        self._listener: asyncio.StreamWriter | None = None
        self._echoed = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Talk to one connection until it is closed."""
        writer.write(b"INFO {}\r\n")
        while line := await reader.readline():
            words = line.split()
            if words[0] == b"PING":
                writer.write(b"PONG\r\n")
            elif words[0] == b"SUB":
                self._listener = writer
            elif words[0] == b"PUB":
                await self._echo(await reader.readexactly(int(words[-1]) + 2))
        writer.close()

    async def _echo(self, body: bytes) -> None:
        if self._echoed == AT:
            await asyncio.sleep(PAUSE)
        self._echoed += 1
        assert self._listener is not None
        self._listener.write(b"MSG out 1 %d\r\n%s" % (len(body) - 2, body))


async def test_a_pause_counts_for_every_message_that_was_due_in_it() -> None:
    """A loop that waits for answers would have one slow message and send the others late."""
    load = Load(ECHO, 256, in_flight=1, seconds=SECONDS, rate=RATE)
    words = {"to": "in", "from": "out", "seconds": SECONDS, "rate": RATE}
    program = str(await asyncio.to_thread(load_generator))
    server = await asyncio.start_server(PausingServer().serve, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        generator = await asyncio.create_subprocess_exec(
            program,
            f"port={port}",
            *(f"{name}={value}" for name, value in words.items()),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        output, _ = await generator.communicate(load.template)
    answer = json.loads(output)
    assert (answer["sent"], answer["lost"], answer["gave_up"]) == (RATE * SECONDS, 0, False)
    for milliseconds in (150, 100, 50):
        slower = sum(
            count for latency, count in answer["latencies"] if latency >= milliseconds * 1_000
        )
        assert slower >= (PAUSE * 1_000 - milliseconds) * RATE / 1_000
