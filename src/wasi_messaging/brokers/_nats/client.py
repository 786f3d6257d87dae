"""nats-py's client with messages going out and coming in as bytes, without a task for each.

Its public interface loses data: headers are a ``dict``, so order and repeated names are gone, and
values are stripped and rewritten. It also costs several tasks or coroutines a message. So private
members of it are used, all in this module, ``parser.py`` and ``transport.py``: the hook for
incoming messages (``_process_msg``), the parser (``_ps``), the list of outgoing commands
(``_pending``) with its size, and the queue that wakes the task writing them (``_flush_queue``).
Four more methods are overridden because they lose something, each with its reason. Connecting,
reconnecting, the protocol and authentication stay nats-py's.
``tests/brokers/test_nats_library.py`` notices when a release changes what is used here.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Generator
from contextlib import suppress
from typing import Any

from nats import errors
from nats.aio.client import PING_PROTO, Client
from nats.aio.subscription import Subscription

from ...abc import Completion
from .parser import RawParser
from .transport import CLOSING, BoundedTransport

log = logging.getLogger("wasi_messaging.brokers.nats")

Handler = Callable[[bytes, bytes, bytes, bytes | None], None]
"""Takes subject, reply address (or nothing), body and header block (or ``None``)."""

STALLED = 2.0
"""Seconds a server may read nothing of what is left to send, before a connection is closed."""
FINISHING = 10.0
"""Seconds that may take altogether."""
LARGE = 64 * 1024
"""Bodies from this size are not copied into the command but follow it."""


class RawClient(Client):
    """A connection whose messages are bytes.

    Attributes:
        handlers: who is given the messages, by the number of the subscription as messages have it.
    """

    def __init__(self, *, secure: bool = False) -> None:
        super().__init__()
        self._transport: BoundedTransport = BoundedTransport()  # type: ignore[no-untyped-call]
        self._ps = RawParser(self)
        self._secure = secure
        self.handlers: dict[bytes, Handler] = {}

    @property
    def server_id(self) -> str | None:
        """What the connected server calls itself."""
        name = self._server_info.get("server_id")
        return name if isinstance(name, str) else None

    async def attach(self, subject: str, handler: Handler, queue: str = "") -> Subscription:
        """Subscribe; every message goes to ``handler`` as it is parsed."""
        sid = self._sid + 1  # what subscribe() takes before it first suspends
        self.handlers[b"%d" % sid] = handler
        try:
            subscription = await self.subscribe(subject, queue=queue)
        except BaseException:
            self._drop(sid)
            raise
        if subscription._id != sid:  # noqa: SLF001
            raise RuntimeError("this release of nats-py numbers its subscriptions differently")
        return subscription

    async def detach(self, subscription: Subscription, *, flush: bool = True) -> None:
        """Unsubscribe. With ``flush``, messages already on their way still reach the handler."""
        try:
            await subscription.unsubscribe()
        except errors.Error as error:
            log.debug("unsubscribing: %s", error)
        if flush and self.is_connected:
            await self.round_trip(2)
        self._let_go(subscription._id)  # noqa: SLF001

    def drop(self, subscription: Subscription) -> None:
        """Unsubscribe at once; messages already on their way are ignored."""
        self._drop(subscription._id)  # noqa: SLF001

    def _drop(self, sid: int) -> None:
        self._remove_sub(sid)
        self._let_go(sid)
        if self.is_connected:
            self.write(b"UNSUB %d\r\n" % sid)

    def _let_go(self, sid: int) -> None:
        self.handlers.pop(b"%d" % sid, None)

    def forget(self, subscription: Subscription) -> None:
        """Drop a subscription without telling the server, which has lost it with the connection."""
        self._remove_sub(subscription._id)  # noqa: SLF001
        self._let_go(subscription._id)  # noqa: SLF001

    async def _process_msg(
        self, sid: int, subject: bytes, reply: bytes, data: bytes, headers: bytes | None
    ) -> None:
        """Take a message that came in pieces; those that came whole do not pass here."""
        handler = self.handlers.get(b"%d" % sid)
        if handler is None:
            return
        try:
            handler(subject, reply, data, headers)
        except Exception as error:  # anything raised here would end nats-py's reading task
            self.handler_failed(subject, error)

    def handler_failed(self, subject: bytes, error: Exception) -> None:
        """Tell of what a handler raised, though it should not."""
        text = "a message on %r was lost by an error of this package"
        log.error(text, subject, exc_info=error)

    async def _process_err(self, err_msg: str) -> None:
        """Reconnect after an error of the server; nats-py would close for good."""
        if "permissions violation" in err_msg:
            await self._error_cb(errors.Error(f"nats: {self._as_written(err_msg)}"))
            return
        error = errors.Error(f"nats: {self._as_written(err_msg)}")
        if self.is_connected:  # otherwise it is what connecting fails with
            await self._error_cb(error)
        await self._process_op_err(error)

    def _as_written(self, err_msg: str) -> str:
        """The server's words; nats-py puts them in lower case, subjects included."""
        line = re.match(rb"-ERR\s+('.+')\r\n", self._ps.buf)
        written = line[1].decode("utf-8", "replace") if line else err_msg
        return written if written.lower() == err_msg else err_msg

    async def _process_pong(self) -> None:
        """Skip who no longer waits; nats-py would end its reading task on a cancelled future."""
        if self._pongs and self._pongs[0].done():
            self._pongs.pop(0)
            self._pings_outstanding = 0
        else:
            await super()._process_pong()

    async def _send_ping(self, future: asyncio.Future[bool] | None = None) -> None:
        """Send a PING after everything published before; nats-py sends it ahead of the buffer."""
        self._pongs.append(future or asyncio.get_running_loop().create_future())
        self.write(PING_PROTO)

    def _connect_command(self) -> bytes:
        """Send credentials for ``tls:`` over TLS only; nats-py leaves that to the server."""
        if self._secure and not self._server_info.get("tls_required"):
            raise errors.SecureConnWantedError
        return super()._connect_command()

    async def round_trip(self, timeout: float) -> bool:
        """Whether the server answered in time, and so has processed all that was sent before."""
        pong: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        await self._send_ping(pong)
        await asyncio.wait({pong}, timeout=timeout)
        return pong.done() and pong.result()

    async def answers(self, patience: float) -> bool:
        """Whether the server still answers. It is waited for as long as it says anything, or the
        question has not arrived yet and gets nearer.
        """
        loop, transport = asyncio.get_running_loop(), self._transport
        pong: asyncio.Future[bool] = loop.create_future()
        await self._send_ping(pong)
        question = transport.given + self._pending_data_size
        before, since = (-1, -1), 0.0
        while not pong.done():
            now = transport.received, min(transport.arrived, question)
            if now != before:
                before, since = now, loop.time()
            elif loop.time() - since >= patience:
                return False
            await asyncio.wait({pong}, timeout=patience / 4)
        return True  # or release() said so: then the loss of the connection is known

    def abandon(self) -> None:
        """Take the connection for lost: nats-py notices at once, and connects anew."""
        self._transport.abort()

    async def finish(self) -> bool:
        """Whether the server has processed all that was sent; waits as long as it goes on reading,
        within limits.
        """
        pong: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        await self._send_ping(pong)
        with suppress(TimeoutError):
            async with asyncio.timeout(FINISHING):
                before = self._unsent + 1
                while not pong.done() and (left := self._unsent) < before:
                    before = left
                    await asyncio.wait({pong}, timeout=STALLED)
        return pong.done() and pong.result()

    @property
    def _unsent(self) -> int:
        return self._pending_data_size + self._transport.buffered

    def discard(self) -> int:
        """Forget what was not sent; how many bytes that is."""
        unsent = self._unsent
        self._pending = []
        self._pending_data_size = 0
        return unsent

    async def disconnect(self) -> None:
        """Close within seconds, whatever the server does."""
        try:
            async with asyncio.timeout(2 * CLOSING):
                await self.close()
        except TimeoutError:
            self._transport.abort()

    def send(
        self, subject: bytes, data: bytes, headers: bytes = b"", reply: bytes = b""
    ) -> Completion:
        """Publish without waiting; the completion is for room in the buffer, if that is full.

        Buffered commands survive a reconnection. The caller has checked what the server would not
        take: the subject, and the size.
        """
        size = len(data)
        if headers:
            before = len(headers)
            start = b"HPUB %b %b %d %d\r\n%b" % (subject, reply, before, before + size, headers)
        elif size < LARGE:
            return self.write(b"PUB %b %b %d\r\n%b\r\n" % (subject, reply, size, data))
        else:
            start = b"PUB %b %b %d\r\n" % (subject, reply, size)
        if size < LARGE:
            return self.write(b"%b%b\r\n" % (start, data))
        self._pending += (start, data)
        self._pending_data_size += len(start) + size
        return self.write(b"\r\n")

    def write(self, command: bytes) -> Completion:
        """Append a whole protocol command to the buffer and have it written."""
        self._pending.append(command)
        self._pending_data_size += len(command)
        queue = self._flush_queue
        if queue is not None and queue.empty():
            queue.put_nowait(asyncio.get_running_loop().create_future())
        if self._pending_data_size > self._max_pending_size:
            return _Room(self)
        return None

    async def room(self) -> None:
        """Wait until the buffer is below its limit, or the connection is lost."""
        queue = self._flush_queue
        while queue and self.is_connected and self._pending_data_size > self._max_pending_size:
            flushed = asyncio.get_running_loop().create_future()
            await queue.put(flushed)
            if self.is_connected:  # otherwise nobody takes it from the queue any more
                await flushed

    def release(self) -> None:
        """Let go of everybody who waits for the server: the connection is gone."""
        queue = self._flush_queue
        while queue is not None and not queue.empty():
            flushed = queue.get_nowait()
            if not flushed.done():
                flushed.set_result(None)
        for pong in self._pongs:
            if not pong.done():
                pong.set_result(False)
        # The answers to these would be taken for those to later ones.
        kept = [command for command in self._pending if command is not PING_PROTO]
        self._pending_data_size -= (len(self._pending) - len(kept)) * len(PING_PROTO)
        self._pending = kept


class _Room:
    """Room in the buffer, for whoever cares to wait for it."""

    __slots__ = ("_client",)

    def __init__(self, client: RawClient) -> None:
        self._client = client

    def __await__(self) -> Generator[Any, None, None]:
        return self._client.room().__await__()
