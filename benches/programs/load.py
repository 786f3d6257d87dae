"""Load a compiled component once and say how long it took. Argument: COMPONENT."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path

from wasi_messaging import _engine
from wasi_messaging.compiler import prepare


def main() -> None:
    """Print the seconds of ``Engine.load``, the first instance included."""
    artifact, _ = asyncio.run(prepare(Path(sys.argv[1])))
    engine = _engine.Engine()
    start = time.perf_counter()
    engine.load(
        str(artifact),
        "bench",
        instances=16,
        memory=64 * 2**20,
        max_handles=10_000,
        max_table_elements=1_000_000,
        fuel=None,
        deadline=30.0,
        fresh=False,
        max_messages_per_instance=None,
        env=[],
        log_lines_per_second=100,
    )
    spent = time.perf_counter() - start
    engine.close()
    print(json.dumps({"seconds": spent, "artifact": artifact.stat().st_size}))


if __name__ == "__main__":
    main()
