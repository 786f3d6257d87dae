"""The shared behaviour, on the embedded server."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path

import pytest

from wasi_messaging.abc import Broker
from wasi_messaging.brokers._nats.supervisor import read_json
from wasi_messaging.brokers.embedded import EmbeddedBroker, EmbeddedSettings
from wasi_messaging.testing.suite import BrokerSuite


class TestEmbeddedBroker(BrokerSuite):
    """A folder for each test, its server killed at every restart."""

    illegal_topics = (*BrokerSuite.illegal_topics, "a*b", "x" * 2000)
    illegal_patterns = (*BrokerSuite.illegal_patterns, "a*b", "a.b>", "x" * 2000)

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self._path = tmp_path

    def make_broker(self, *, lease: float | None = None) -> Broker:
        """Another connection."""
        given = {"url": "embedded:", "ack_wait": lease or 30.0}
        context = {"folder": self._path}
        return EmbeddedBroker(EmbeddedSettings.model_validate(given, context=context))

    async def restart(self) -> None:
        """End the server; it comes back."""
        pid = read_json(self._path / ".wasi-messaging" / "server.json").get("server")
        if isinstance(pid, int):
            with suppress(ProcessLookupError):  # it stops by itself when nobody is connected
                os.kill(pid, signal.SIGKILL)
