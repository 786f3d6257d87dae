"""What a host tells Prometheus."""

from __future__ import annotations

import re
import urllib.request
from types import TracebackType

from prometheus_client.parser import text_string_to_metric_families

from .hosts import RunningHost
from .places import MissingError
from .watching import Watch

CONFIGURATION = """
[metrics]
listen = "127.0.0.1:0"
"""
"""What a configuration needs for it; the log names the port."""
INSTANCES = "wasi_messaging_instances"
HELD = "wasi_messaging_subscription_in_flight_bytes"
PAUSED = "wasi_messaging_subscription_paused"
MISSED = "wasi_messaging_subscription_missed_messages_total"
TIMEOUT = 10.0


def metric(host: RunningHost, name: str) -> float:
    """The value of a metric now, over all its labels.

    Raises:
        MissingError: the host serves no metrics, or not this one.
    """
    return metrics(host, name)[0]


def metrics(host: RunningHost, *names: str) -> list[float]:
    """Several of them, at the same time.

    Raises:
        MissingError: the host serves no metrics, or not these.
    """
    address = re.search(r"http://127\.0\.0\.1:\d+/metrics", host.log)
    if address is None:
        raise MissingError("the host says nowhere that it serves metrics")
    with urllib.request.urlopen(address.group(), timeout=TIMEOUT) as answer:  # noqa: S310
        families = list(text_string_to_metric_families(answer.read().decode()))
    found: dict[str, float] = {}
    for one in (sample for family in families for sample in family.samples):
        found[one.name] = found.get(one.name, 0.0) + one.value
    for name in names:
        if name not in found:
            raise MissingError(f"the host has no metric {name}")
    return [found[name] for name in names]


class HoldingWatch(Watch):
    """Asks a host ten times a second, while its block runs, what it holds.

    Attributes:
        held: bytes in flight by its own count, at most.
        paused: whether it was seen to fetch nothing because it held enough.
    """

    def __init__(self, host: RunningHost) -> None:
        super().__init__()
        self.held = 0
        self.paused = False
        self._host = host
        self._failed: MissingError | None = None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        super().__exit__(kind, error, traceback)
        if self._failed is not None and error is None:
            raise self._failed

    def look(self) -> bool:
        """Once; not again when it does not say."""
        try:
            held, paused = metrics(self._host, HELD, PAUSED)
        except (MissingError, OSError) as error:
            self._failed = MissingError(f"the host does not say what it holds: {error}")
            return False
        self.held = max(self.held, int(held))
        self.paused |= bool(paused)
        return True
