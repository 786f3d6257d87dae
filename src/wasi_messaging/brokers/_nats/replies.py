"""Requests, and the replies that come back to a private address."""

from __future__ import annotations

from ...abc import Replies
from ...errors import BrokerUnavailableError
from ...message import Message
from . import headers as wire
from .client import RawClient
from .errors import connection_lost, publish_denied


class Reply(Replies):
    """The replies to one request.

    Attributes:
        subject: what the topic is on the wire.
    """

    def __init__(self, topic: str, subject: bytes, expected: int, max_size: int | None) -> None:
        super().__init__(topic, expected, max_size)
        self.subject = subject

    def take(self, data: bytes, headers: bytes | None) -> None:
        if wire.status(headers) == wire.NO_RESPONDERS and not data:
            self.fail(BrokerUnavailableError(f"nobody listens on {self.topic!r}"))
            return
        known = wire.decode(headers) if headers else wire.NO_HEADERS
        self.put(Message(data, known.content_type, known.metadata))


class Requests:
    """Requests and their replies, on one private address."""

    def __init__(self, client: RawClient, address: str) -> None:
        self._client = client
        self._address = address
        self._inbox = client.new_inbox().encode() + b"."
        self._count = 0
        self._waiting: dict[bytes, Reply] = {}

    async def open(self) -> None:
        await self._client.attach(f"{self._inbox.decode()}*", self._receive)

    def _receive(self, subject: bytes, _reply: bytes, data: bytes, headers: bytes | None) -> None:
        reply = self._waiting.get(subject[len(self._inbox) :])
        if reply is not None:
            reply.take(data, headers)

    def expect(
        self, topic: str, subject: bytes, expected: int, max_size: int | None = None
    ) -> tuple[bytes, Reply]:
        """A fresh reply address, and what will arrive there; :meth:`collect` it.

        ``subject`` is what the topic is on the wire.
        """
        self._count += 1
        token = b"%d" % self._count
        reply = self._waiting[token] = Reply(topic, subject, expected, max_size)
        return self._inbox + token, reply

    async def collect(self, address: bytes, reply: Reply, timeout: float) -> list[Message]:
        """Wait for the replies; later ones are discarded.

        Raises:
            BrokerTimeoutError: none came in time.
            BrokerUnavailableError: nobody listens, or the connection was lost.
        """
        try:
            return await reply.collect(timeout)
        finally:
            self.forget(address)

    def forget(self, address: bytes) -> None:
        self._waiting.pop(address[len(self._inbox) :], None)

    def lost(self) -> None:
        for reply in self._waiting.values():
            reply.fail(connection_lost(self._address))

    def denied(self, subject: str) -> None:
        denied = subject.encode()
        for reply in self._waiting.values():
            if reply.subject == denied:
                reply.fail(publish_denied(reply.topic, self._address))
