"""The metrics of the process, as every program has them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from prometheus_client.metrics_core import Metric
from prometheus_client.process_collector import PROCESS_COLLECTOR


def with_process(families: Sequence[Metric]) -> Iterator[Metric]:
    """The metrics of a host, and behind them those of its process; nothing if there are none of the
    host.

    They are read from files of the system, and not before they are come to: whoever goes through
    them in a thread, as :func:`.text.encode` is called, keeps that from the event loop.
    """
    yield from families
    if families:
        yield from PROCESS_COLLECTOR.collect()
