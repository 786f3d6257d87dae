"""The parts of the benchmark, in the order in which they are measured and shown."""

from __future__ import annotations

from measure.part import Part

from . import (
    burst,
    engines,
    features,
    flood,
    growth,
    isolation,
    latency,
    profiles,
    resident,
    soak,
    starts,
    throughput,
    workers,
)

PARTS: tuple[Part, ...] = (
    engines,
    throughput,
    latency,
    profiles,
    features,
    burst,
    isolation,
    growth,
    resident,
    starts,
    workers,
    flood,
    soak,
)
