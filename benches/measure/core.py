"""A nats-server without JetStream that is flooded, and asked what it did with the messages."""

from __future__ import annotations

import json
import socket
import time
import urllib.request
from collections.abc import Iterable
from typing import Any

from wasi_messaging.testing.servers import NatsServer

from .places import MissingError

QUIET_SECONDS = 3.0
"""Without a message from the host, after which it has handled what it has."""
LOOKING = 0.1
PATIENCE = 120.0
CONNECT = b'CONNECT {"verbose":false,"pedantic":false,"name":"flood"}\r\nPING\r\n'
HOST = "wasi-messaging"
"""What a host's connection calls itself."""


class CoreServer(NatsServer):
    """A server on loopback with its monitoring."""

    def __init__(self) -> None:
        super().__init__('http: "127.0.0.1:-1"', jetstream=False)

    def flood(self, subject: str, bodies: Iterable[bytes]) -> float:
        """Write all messages into one connection, made up before; seconds until all were read."""
        head = f"PUB {subject} ".encode()
        commands = b"".join(b"%s%d\r\n%s\r\n" % (head, len(body), body) for body in bodies)
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE) as connection:
            lines = connection.makefile("rb")
            connection.sendall(CONNECT)
            _wait_for_pong(lines)
            begun = time.monotonic()
            connection.sendall(commands + b"PING\r\n")
            _wait_for_pong(lines)
            return time.monotonic() - begun

    def wait_quiet(self) -> int:
        """Return when the hosts send nothing more; the messages written for them.

        Raises:
            MissingError: they do not come to an end.
        """
        until, before, since = time.monotonic() + PATIENCE, -1, time.monotonic()
        while time.monotonic() < until:
            hosts = self._hosts()
            sent = sum(one["in_msgs"] for one in hosts)
            if sent != before or any(one.get("pending_bytes") for one in hosts):
                before, since = sent, time.monotonic()
            elif time.monotonic() - since > QUIET_SECONDS:
                return sum(one["out_msgs"] for one in hosts)
            time.sleep(LOOKING)
        raise MissingError(f"the host still sends after {PATIENCE:g} s")

    def slow_consumers(self) -> int:
        """Connections that the server closed because they did not keep up."""
        return int(self._ask("varz")["slow_consumers"])

    def _hosts(self) -> list[dict[str, Any]]:
        """The hosts' connections, those that were closed too."""
        found = self._ask("connz?state=all")["connections"]
        return [one for one in found if one.get("name", "").startswith(HOST)]

    def _ask(self, what: str) -> dict[str, Any]:
        [ports] = [json.loads(file.read_text()) for file in self.folder.glob("*.ports")]
        with urllib.request.urlopen(f"{ports['monitoring'][0]}/{what}", timeout=10) as answer:  # noqa: S310
            found: dict[str, Any] = json.load(answer)
        return found


def _wait_for_pong(lines: Iterable[bytes]) -> None:
    for line in lines:
        if line == b"PONG\r\n":
            return
        if line == b"PING\r\n":
            continue  # it asks whether we live; it waits for minutes
        if line.startswith(b"-ERR"):
            raise MissingError(f"the server says {line.decode().strip()}")
    raise MissingError("the server hung up")
