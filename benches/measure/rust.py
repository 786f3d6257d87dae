"""The engine without Python: the example of its crate, which prints the best of many rounds."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from .places import PROJECT, cargo_build, guest, run
from .results import Results

REUSED = "our engine in Rust, reused"
FRESH = "our engine in Rust, fresh"


def measure(results: Results, sizes: tuple[int, ...]) -> None:
    """Run the example once; one message is under way at a time there."""
    results.say("engine in Rust alone")
    results.attempt(REUSED, lambda: _run(results, sizes))


def _run(results: Results, sizes: tuple[int, ...]) -> None:
    printed = json.loads(run(_example(), guest("bench/c"), *map(str, sizes)))
    for row in printed["results"]:
        size = int(row["bytes"])
        results.engine(REUSED, size).add(row["reused_us"] / 1e6)
        results.engine(FRESH, size).add(row["fresh_us"] / 1e6)


@cache
def _example() -> Path:
    options = ("--package", "wasi-messaging-engine", "--example", "bench")
    folder = cargo_build(PROJECT / "engine" / "Cargo.toml", *options, profile="dist")
    return folder / "examples" / "bench"
