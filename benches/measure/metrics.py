"""What a host tells Prometheus."""

from __future__ import annotations

import re
import urllib.request

from prometheus_client.parser import text_string_to_metric_families

from .hosts import RunningHost
from .places import MissingError

CONFIGURATION = """
[metrics]
listen = "127.0.0.1:0"
"""
"""What a configuration needs for it; the log names the port."""
INSTANCES = "wasi_messaging_instances"
MISSED = "wasi_messaging_subscription_missed_messages_total"
TIMEOUT = 10.0


def metric(host: RunningHost, name: str) -> float:
    """The value of a metric now, over all its labels.

    Raises:
        MissingError: the host serves no metrics, or not this one.
    """
    address = re.search(r"http://127\.0\.0\.1:\d+/metrics", host.log)
    if address is None:
        raise MissingError("the host says nowhere that it serves metrics")
    with urllib.request.urlopen(address.group(), timeout=TIMEOUT) as answer:  # noqa: S310
        families = list(text_string_to_metric_families(answer.read().decode()))
    samples = [one for family in families for one in family.samples if one.name == name]
    if not samples:
        raise MissingError(f"the host has no metric {name}")
    return float(sum(one.value for one in samples))
