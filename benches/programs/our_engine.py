"""Contestant: our engine as the host uses it. Arguments: COMPONENT reused|fresh."""

from __future__ import annotations

import asyncio
import select
import sys
from pathlib import Path
from typing import Any

from serving import serve

from wasi_messaging import _engine
from wasi_messaging.allocator import keep_freed_memory
from wasi_messaging.compiler import prepare

INSTANCES = 64
IN_FLIGHT_BYTES = 4 * 2**20


def main() -> None:
    """Load the component and wait for orders."""
    path, isolation = Path(sys.argv[1]), sys.argv[2]
    keep_freed_memory()  # as `wasi-messaging run` does
    artifact, _ = asyncio.run(prepare(path))
    engine = _engine.Engine()
    component = engine.load(
        str(artifact),
        "bench",
        instances=INSTANCES,
        memory=64 * 2**20,
        max_handles=10_000,
        max_table_elements=1_000_000,
        fuel=None,
        deadline=30.0,
        fresh=isolation == "fresh",
        max_messages_per_instance=None,
        env=[],
        log_lines_per_second=100,
    )
    serve(Driver(engine, component).run)
    engine.close()


class Driver:
    """Keeps every instance busy and answers what the guests ask, a batch a turn."""

    def __init__(self, engine: _engine.Engine, component: int) -> None:
        self._engine = engine
        self._component = component
        self._last = 0

    def run(self, body: bytes, count: int) -> None:
        """Have ``count`` messages handled."""
        width = max(1, min(INSTANCES, IN_FLIGHT_BYTES // len(body)))
        started = done = 0
        answers: list[tuple[int, _engine.Answer]] = []
        while done < count:
            starting = min(count - started, width - (started - done))
            events = self._engine.turn(self._handlings(body, starting), answers)
            started += starting
            answers = []
            done += _act(events, answers)
            if not events and not self._engine.pending:
                select.select([self._engine.fileno()], [], [])

    def _handlings(self, body: bytes, count: int) -> list[Any]:
        first = self._last + 1
        self._last += count
        return [
            (self._component, identity, "in", body, None, None)
            for identity in range(first, first + count)
        ]


def _act(events: list[Any], answers: list[tuple[int, _engine.Answer]]) -> int:
    """Say yes to every operation; return how many handlings ended."""
    done = 0
    for event in events:
        if event[0] == _engine.DONE:
            if event[2] != _engine.OK:
                raise RuntimeError(f"the guest failed: {event}")
            done += 1
        else:
            answers.append((event[1], None))
    return done


if __name__ == "__main__":
    main()
