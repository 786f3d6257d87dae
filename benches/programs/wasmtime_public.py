"""Contestant: wasmtime for Python, public component API, instance reused. Argument: COMPONENT."""

from __future__ import annotations

import sys

from serving import serve
from wasmtime_guest import Guest, Message


class Driver:
    """Has messages handled and counts what is sent."""

    def __init__(self, path: str) -> None:
        self._guest = Guest(path, self._send, self._reply)
        self._sent = 0

    def run(self, body: bytes, count: int) -> None:
        """Have ``count`` messages handled."""
        before = self._sent
        for _ in range(count):
            self._guest.handle(Message(body, "in"))
        if self._sent - before != count:
            raise RuntimeError(f"{count} messages handled, {self._sent - before} sent")

    def _send(self, topic: str, message: Message) -> None:
        self._sent += 1

    def _reply(self, message: Message) -> None:
        raise RuntimeError("this guest does not reply")


if __name__ == "__main__":
    serve(Driver(sys.argv[1]).run)
