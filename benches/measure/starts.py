"""How long it takes from the start of a process until it has done something."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from .child import python
from .hosts import PROGRAM, RunningHost
from .places import guest, run
from .server import running_server
from .stored import Place, embedded, last_stored, place_on, publish

NATS, EMBEDDED = "NATS", "embedded"
COMPILED_WITHIN = 180.0
"""Seconds that a start may take."""
TOPIC = "in"
BODY = b"x" * 256

CONFIGURATION = """
[clients.default]
{client}

[components.bench]
path = {component}
subscriptions = [{{ topic = "{topic}", start = "all" }}]
permissions.default.send = ["out"]
"""


def load() -> float:
    """Seconds of ``Engine.load`` of a Python component whose compiled form is cached."""
    return float(json.loads(run(*python("load", guest("echo/python"))))["seconds"])


def show_help() -> float:
    """Seconds of ``wasi-messaging --help``."""
    start = time.perf_counter()
    run(PROGRAM, "--help")
    return time.perf_counter() - start


@dataclass(frozen=True, slots=True)
class Start:
    """A start of ``wasi-messaging run``.

    Attributes:
        language: of the component, ``guests/echo``.
        broker: where the first message waits.
        cached: the component has been compiled before.
    """

    language: str
    broker: str
    cached: bool

    @property
    def name(self) -> str:
        """As a row of a table says it."""
        return f"{self.language.capitalize()}, {'cached' if self.cached else 'compiled'}"


STARTS = tuple(
    Start(language, broker, cached)
    for language in ("c", "python")
    for broker in (NATS, EMBEDDED)
    for cached in (True, False)
)


def first_message(start: Start, cache: Path) -> float:
    """Seconds from the start of the process until what the guest sent first was stored.

    Args:
        start: which.
        cache: folder in which the compiled form is, where it is to be cached.
    """
    with ExitStack() as stack:
        scratch = stack.enter_context(tempfile.TemporaryDirectory(prefix="wasi-messaging-bench-"))
        folder, fresh = Path(scratch, "host"), Path(scratch, "cache")
        folder.mkdir()
        text, server = _prepare(start, folder, stack)
        environment = {**os.environ, "XDG_CACHE_HOME": str(cache if start.cached else fresh)}
        began = time.time()
        with RunningHost(folder, text, environment=environment) as host:
            place = embedded(folder, COMPILED_WITHIN) if server is None else server
            stored = asyncio.run(last_stored(place, "out", COMPILED_WITHIN))
            host.stop()
        shutil.rmtree(fresh, ignore_errors=True)
    return stored - began


def _prepare(start: Start, folder: Path, stack: ExitStack) -> tuple[str, Place | None]:
    """The configuration, and the server if it runs already; a message waits."""
    component = json.dumps(str(guest(f"echo/{start.language}")))
    server, client = None, 'url = "embedded:"'
    if start.broker == NATS:
        server = place_on(stack.enter_context(running_server(TOPIC, "out")))
        client = f'url = "{server.url}"\nstream = {{ name = "{server.stream}" }}'
        asyncio.run(publish(server, TOPIC, [BODY]))
    text = CONFIGURATION.format(client=client, component=component, topic=TOPIC)
    if server is None:
        run(PROGRAM, "publish", "--quiet", TOPIC, BODY.decode(), folder=folder)
    return text, server
