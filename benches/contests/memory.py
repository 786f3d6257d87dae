"""The memory broker: contestants and generator are one process."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from measure.child import Child, python
from measure.contest import Contest, Contestant, Program, Server
from measure.loads import ECHO, KIB, Load
from measure.ours import Ours

CLIENT = {"url": "memory:"}
NOBODY = "no handler, the generator alone"


class Memory(Contest):
    """No server: the contestant is asked to put itself under load (``programs/inside.py``)."""

    name = "memory"
    file = "memory"
    guarantee = "at least once while the process lives"
    programs: ClassVar[dict[str, Program]] = {}

    @contextmanager
    def serve(self) -> Iterator[Server]:
        yield Server("memory:", CLIENT)

    def others(self) -> dict[str, Contestant]:
        return {
            "asyncio": Contestant(lambda _, load: python("inside", "asyncio", load.handler)),
            NOBODY: Contestant(lambda *_: python("inside", "nobody"), (ECHO,), KIB),
        }

    def ours(self, it: Ours) -> Contestant:
        def command(server: Server, load: Load) -> list[str]:
            configuration = it.configuration(server.client, load)
            return python("inside", "host", json.dumps(configuration))

        return Contestant(command, it.handlers)

    def turn(self, server: Server, child: Child, load: Load) -> dict[str, Any]:
        child.ask(load.as_json())
        answer: dict[str, Any] = json.loads(child.answer())
        return answer


CONTEST: Contest = Memory()
