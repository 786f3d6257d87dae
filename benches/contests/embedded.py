"""The embedded broker: a private nats-server with JetStream, started by our host."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

from measure.child import Child, python
from measure.contest import Contest, Contestant, Program, Server
from measure.nats_contest import NatsContest

from . import jetstream

STREAM, PREFIX = "topics", "t."
"""Of the embedded server, where everything is in one stream."""


class Embedded(NatsContest):
    """A folder of its own for each contestant; a host without components keeps its server up.

    The plain program knows the token and connects like to any nats-server.
    """

    name = "embedded"
    file = "embedded"
    guarantee = jetstream.JetStream.guarantee
    programs: ClassVar[dict[str, Program]] = {"asyncio": jetstream.push}

    @contextmanager
    def serve(self) -> Iterator[Server]:
        with tempfile.TemporaryDirectory(prefix="wasi-messaging-bench-") as folder:
            client = {"url": "embedded:", "directory": folder, "max_bytes": jetstream.KEPT}
            configuration = {"clients": {"default": client}, "components": {}}
            with Child(python("host", json.dumps(configuration))) as keeper:
                keeper.wait_ready()
                state = json.loads((Path(folder) / "server.json").read_text())
                details = {
                    "port": state["port"],
                    "token": state["token"],
                    "prefix": PREFIX,
                    "stream": STREAM,
                }
                url = f"nats://127.0.0.1:{state['port']}"
                yield Server(url, client, state["server"], details)

    def others(self) -> dict[str, Contestant]:
        return {"asyncio": self.native("asyncio")}


CONTEST: Contest = Embedded()
