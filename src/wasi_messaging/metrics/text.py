"""Families of metrics as text: for Prometheus, and from one process to another."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from prometheus_client.registry import Collector


class _Given(Collector):
    """What the library's encoders read from."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


def encode(families: Iterable[Metric], accept: str) -> tuple[bytes, str]:
    """The text, in the best format that an ``Accept`` header allows, and its content type."""
    try:
        encoder, content_type = choose_encoder(accept)
    except (TypeError, ValueError):  # a version that is no number: as if nothing had been said
        encoder, content_type = choose_encoder("")
    return encoder(_Given(families)), content_type


def dump(families: Iterable[Metric]) -> bytes:
    """The text for :func:`load`."""
    return encode(families, "application/openmetrics-text; version=1.0.0")[0]


def load(text: bytes) -> list[Metric]:
    """What :func:`dump` was given.

    Raises:
        ValueError: it is no such text.
    """
    return list(text_string_to_metric_families(text.decode()))  # type: ignore[no-untyped-call]


def merged(labelled: Iterable[tuple[dict[str, str], Iterable[Metric]]]) -> list[Metric]:
    """Families of several processes as one: those of the same name together, each value with the
    further labels of where it is from.
    """
    found: dict[str, Metric] = {}
    for labels, families in labelled:
        for family in families:
            samples = [one._replace(labels={**labels, **one.labels}) for one in family.samples]
            known = found.get(family.name)
            if known is None:
                known = found[family.name] = Metric(
                    family.name, family.documentation, family.type, family.unit
                )
            known.samples += samples
    return list(found.values())
