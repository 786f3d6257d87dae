"""The shared behaviour, on the broker in the process."""

from __future__ import annotations

from uuid import uuid4

import pytest

from wasi_messaging.abc import Broker
from wasi_messaging.brokers.memory import MemoryBroker, MemorySettings
from wasi_messaging.testing.suite import BrokerSuite


class TestMemoryBroker(BrokerSuite):
    """Connections with one name reach one broker."""

    @pytest.fixture(autouse=True)
    def _own_broker(self) -> None:
        self._name = uuid4().hex

    def make_broker(self, *, lease: float | None = None) -> Broker:
        """Another connection."""
        return MemoryBroker(MemorySettings(url=f"memory:{self._name}", lease=lease or 30.0))
