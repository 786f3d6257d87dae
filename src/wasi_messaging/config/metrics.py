"""``[metrics]``: where the host says how it is doing."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from .base import Table
from .grants import endpoint


def _is_address(text: str) -> str:
    endpoint(text, lowest=0)
    return text


class MetricsConfig(Table):
    """``[metrics]``.

    Attributes:
        listen: ``"HOST:PORT"`` where Prometheus finds the metrics, at ``/metrics`` over HTTP; port
            0 is a free one, which the log names. Whoever can connect there can read the names of
            components, clients, groups and topics.
    """

    listen: Annotated[str, AfterValidator(_is_address)] = Field(examples=["127.0.0.1:9464"])

    @property
    def address(self) -> tuple[str, int]:
        """Host, an IPv6 address without its brackets, and port."""
        return endpoint(self.listen, lowest=0)
