"""Families of metrics: declared once, with name, kind, meaning and labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric

PREFIX = "wasi_messaging_"


@dataclass(frozen=True, slots=True)
class Family:
    """What is measured.

    Attributes:
        kind: a counter only grows while the process lives.
        name: as it is exported, ``_total`` included.
        meaning: in a sentence or two.
        labels: that tell its values apart.
    """

    kind: Literal["counter", "gauge"]
    name: str
    meaning: str
    labels: tuple[str, ...]


def counter(name: str, meaning: str, *labels: str) -> Family:
    """Declare something that is counted; ``_total`` is added to its name."""
    return Family("counter", f"{PREFIX}{name}_total", meaning, labels)


def gauge(name: str, meaning: str, *labels: str) -> Family:
    """Declare something that goes up and down."""
    return Family("gauge", f"{PREFIX}{name}", meaning, labels)


class Readings:
    """The values of families, as they are read one after another."""

    def __init__(self) -> None:
        self._made: dict[Family, CounterMetricFamily | GaugeMetricFamily] = {}

    def add(self, family: Family, value: float, *labels: str) -> None:
        """One value.

        Args:
            family: of what.
            value: how much.
            labels: the values of its labels, in their order.
        """
        made = self._made.get(family)
        if made is None:
            kind = CounterMetricFamily if family.kind == "counter" else GaugeMetricFamily
            made = self._made[family] = kind(family.name, family.meaning, labels=family.labels)
        made.add_metric(labels, value)

    def families(self) -> list[Metric]:
        """All that were added to, in that order."""
        return list(self._made.values())
