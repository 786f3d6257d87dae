"""Publishes that a stream confirms."""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from collections.abc import Callable

from ...abc import Confirmation
from ...errors import BrokerError, BrokerTimeoutError, BrokerUnavailableError
from .. import subjects
from . import headers as wire
from .client import RawClient
from .errors import ApiError, connection_lost, not_stored, publish_denied


class Publish(Confirmation):
    """A publish, settled when the stream has confirmed or refused it."""

    __slots__ = ("expires", "sent", "subject", "topic")

    def __init__(self, topic: str, subject: bytes, expires: float) -> None:
        # All here, without the initializer of the base, as this is done for each message.
        self.settled = False
        self._error = None
        self._listeners = ()
        self.topic = topic
        self.subject = subject
        self.expires = expires
        self.sent = False


class Confirms:
    """Publishes with confirmation: one private address, no future and no timer for each publish.

    At most ``window`` are on their way; further ones wait here in order, because a server that
    gets more than it can store in time refuses them.

    Attributes:
        stored: patterns of the topics that the client's stream stores, if it is not all.
    """

    def __init__(
        self,
        client: RawClient,
        address: str,
        timeout: float,
        *,
        on_late: Callable[[], None],
        window: int = 4096,
    ) -> None:
        self._client = client
        self._address = address
        self._timeout = timeout
        self._on_late = on_late
        self._window = window
        self.stored: tuple[str, ...] = ()
        self._inbox = client.new_inbox().encode() + b"."
        self._count = 0
        self._waiting: dict[bytes, Publish] = {}
        self._queued: deque[tuple[bytes, bytes, bytes, bytes]] = deque()
        self._sweeper: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._waiting)

    async def open(self) -> None:
        await self._client.attach(f"{self._inbox.decode()}*", self._receive)

    def publish(self, topic: str, subject: bytes, data: bytes, headers: bytes) -> Publish:
        self._count += 1
        token = b"%d" % self._count
        publish = Publish(topic, subject, time.monotonic() + self._timeout)
        self._waiting[token] = publish
        if len(self._waiting) <= self._window:
            publish.sent = True
            self._client.send(subject, data, headers, self._inbox + token)
        else:
            self._queued.append((subject, data, headers, token))
        if self._sweeper is None:
            self._look_later()
        return publish

    def _look_later(self) -> None:
        pause = min(1.0, self._timeout / 4)
        self._sweeper = asyncio.get_running_loop().call_later(pause, self._sweep)

    def _receive(self, subject: bytes, _reply: bytes, data: bytes, headers: bytes | None) -> None:
        publish = self._waiting.pop(subject[len(self._inbox) :], None)
        if publish is None:
            return  # it came after the timeout
        if self._queued:
            self._send_next()
        if headers is None and (b'"error"' not in data or _stored(data)):
            publish.settle()
        else:
            publish.settle(self._refusal(publish.topic, data, headers))

    def _refusal(self, topic: str, data: bytes, headers: bytes | None) -> BrokerError:
        if wire.status(headers) == wire.NO_RESPONDERS:
            if self.stored and not any(subjects.matches(have, topic) for have in self.stored):
                return not_stored(topic, self.stored)
            return BrokerUnavailableError(f"{self._address} does not store topic {topic!r} now")
        try:
            answer = json.loads(data)["error"]
        except (ValueError, KeyError, TypeError):
            return BrokerError(f"{topic!r}: the answer to a publish was not a confirmation")
        return ApiError(answer).translated(f"topic {topic!r} was not stored")

    def _send_next(self) -> None:
        while self._queued:
            subject, data, headers, token = self._queued.popleft()
            waiting = self._waiting.get(token)
            if waiting is not None:
                waiting.sent = True
                self._client.send(subject, data, headers, self._inbox + token)
                return

    def _sweep(self) -> None:
        """End what has waited too long. All wait equally long, so the oldest come first."""
        now = time.monotonic()
        late = []
        for token, publish in self._waiting.items():
            if publish.expires > now:
                break
            late.append(token)
        for token in late:
            publish = self._waiting.pop(token)
            publish.settle(
                BrokerTimeoutError(
                    f"topic {publish.topic!r}: {self._address} did not confirm within "
                    f"{self._timeout:g} s (publish_timeout); the message may have been stored"
                )
            )
            if publish.sent:
                self._send_next()
        if late:
            self._on_late()
        self._sweeper = None
        if self._waiting:
            self._look_later()

    def lost(self) -> None:
        """The connection is gone, and with it every confirmation that was on its way."""
        waiting, self._waiting = self._waiting, {}
        self._queued.clear()
        for publish in waiting.values():
            publish.settle(connection_lost(self._address))

    def denied(self, subject: str) -> None:
        """The server refuses publishing to a subject to these credentials."""
        denied = subject.encode()
        refused = {token: one for token, one in self._waiting.items() if one.subject == denied}
        for token, publish in refused.items():
            del self._waiting[token]
            publish.settle(publish_denied(publish.topic, self._address))
        for publish in refused.values():
            if publish.sent:
                self._send_next()

    def close(self) -> None:
        if self._sweeper is not None:
            self._sweeper.cancel()
            self._sweeper = None
        self.lost()


def _stored(data: bytes) -> bool:
    """Whether an answer is a confirmation, in which the stream may be called ``error``."""
    try:
        answer = json.loads(data)
    except ValueError:
        return False
    return isinstance(answer, dict) and "error" not in answer
