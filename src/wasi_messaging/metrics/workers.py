"""The metrics of ``run --workers``: those of each worker, and whether it is up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from prometheus_client.metrics_core import Metric

from .families import Readings, counter, gauge
from .text import merged

UP = gauge(
    "worker_up",
    "1 if the worker runs and told its metrics, 0 if its metrics are missing.",
    "worker",
)
RESTARTS = counter("worker_restarts", "Times the worker was started again.", "worker")


def collect(restarts: Mapping[int, int], answers: Mapping[int, Sequence[Metric]]) -> list[Metric]:
    """All together, the metrics of each worker with the label ``worker``.

    Args:
        restarts: number of each worker → how often it was started again.
        answers: number of those that run → what they told, nothing if they did not.
    """
    readings = Readings()
    for number, count in restarts.items():
        readings.add(UP, bool(answers.get(number)), str(number))
        readings.add(RESTARTS, count, str(number))
    told = (({"worker": str(number)}, answers[number]) for number in sorted(answers))
    return [*readings.families(), *merged(told)]
