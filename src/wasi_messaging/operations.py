"""What a guest asks of the host – connect, send, request, reply: permitted, then done."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from . import _engine
from .abc import Completion
from .component import Component, Grant
from .config import ComponentConfig
from .errors import BrokerError, BrokerUnavailableError, ErrorKind, MessageRejectedError
from .handling import GUEST_ERRORS, Handling
from .message import Message
from .receiving import Confirmation, done

if TYPE_CHECKING:
    from ._engine import Answer, Event, WireMessage, WireMetadata

CODES: dict[ErrorKind, Any] = {kind: code for code, kind in GUEST_ERRORS.items()}
"""Kinds of errors as the engine has them."""

MAX_SHOWN = 100
"""Characters of a name that are shown."""

Reply = Callable[[int, "Answer"], None]
"""Gives the engine the answer to an operation, at once or later."""


class Operations:
    """Answers the operations of all guests, each exactly once.

    Permissions and size limits are decided here, before anything reaches a broker, so that no
    broker can forget them. An operation comes as the engine's event, of which ``_engine.pyi`` has
    the parts.

    Args:
        running: the handlings whose guests may ask.
        answer: gives the engine an answer.

    Attributes:
        ways: kind of event → does what the guest asks; what it raises is for :meth:`failed`.
    """

    def __init__(self, running: Mapping[int, Handling], answer: Reply) -> None:
        self._running = running
        self._answer = answer
        self._waiting: dict[int, Component] = {}
        self._tasks: set[asyncio.Future[Any]] = set()
        self.ways: dict[int, Callable[[Event], None]] = {
            _engine.CONNECT: self._connect,
            _engine.SEND: self._send,
            _engine.REPLY: self._reply,
            _engine.REQUEST: self._request,
        }

    async def close(self) -> None:
        """Abandon the operations that still wait for a broker."""
        stopping = BrokerUnavailableError("the host is stopping")
        for operation in list(self._waiting):
            self._settled(operation, stopping)
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def failed(self, event: Event, error: Exception) -> None:
        """Answer what one of the :attr:`ways` raised."""
        self._failed(event[1], self._running[event[2]].component, error)

    def _connect(self, event: Event) -> None:
        """``types.client.connect``. Unknown and not granted look the same to the guest."""
        _, operation, handling, client = event
        component = self._running[handling].component
        grant = component.grants.get(client)
        if grant is None:
            self._deny(operation, component, f"client {short(client)} is not granted")
        elif not grant.broker.connected:
            self._answer(operation, (CODES["connection"], f"client {client!r} is not connected"))
        else:
            self._answer(operation, None)

    def _send(self, event: Event) -> None:
        """``producer.send``."""
        _, operation, identity, client, topic, data, content_type, metadata = event
        handling = self._running[identity]
        component = handling.component
        grant = component.grants.get(client)
        if grant is None or not grant.may_send(topic):
            self._deny(operation, component, f"sending to {short(topic)} is not granted")
            return
        message = _message(handling, data, content_type, metadata)
        if handling.outbox is not None:
            handling.outbox.hold_send(client, grant.broker, topic, message)
            self._answer(operation, None)
        else:
            completion = grant.broker.publish(topic, message)
            if completion is None:
                component.counters.sent += 1
                self._answer(operation, None)
            else:
                self._complete(operation, component, completion)

    def _reply(self, event: Event) -> None:
        """``request-reply.reply`` to the message being handled; it needs no permission."""
        _, operation, identity, data, content_type, metadata = event
        handling = self._running[identity]
        message = _message(handling, data, content_type, metadata)
        if handling.outbox is not None:
            handling.outbox.hold_reply(handling, message)
            self._answer(operation, None)
        else:
            self._complete(operation, handling.component, handling.reply(message))

    def _request(self, event: Event) -> None:
        """``request-reply.request``.

        The engine has the timeout end before the handling's deadline, so that the guest hears of
        it; without an expected number one reply is awaited; with zero it is a send. A request
        leaves at once also where sends are held: its reply is awaited.
        """
        _, operation, identity, client, topic, data, content_type, metadata, *options = event
        timeout_ms, expected = options
        handling = self._running[identity]
        component = handling.component
        grant = component.grants.get(client)
        if grant is None or not grant.may_request(topic):
            self._deny(operation, component, f"requests to {short(topic)} are not granted")
            return
        message = _message(handling, data, content_type, metadata)
        if expected == 0 and handling.outbox is not None:
            handling.outbox.hold_send(client, grant.broker, topic, message)
            self._answer(operation, [])
            return
        timeout = component.config.deadline
        if timeout_ms is not None:
            timeout = min(timeout, timeout_ms / 1000)
        count = 1 if expected is None else expected
        asked = _ask(component.config, grant, topic, message, timeout, count)
        self._wait(operation, component, asked)

    def _complete(self, operation: int, component: Component, completion: Completion) -> None:
        if completion is None:
            component.counters.sent += 1
            self._answer(operation, None)
        elif isinstance(completion, Confirmation):
            self._waiting[operation] = component
            completion.when_settled(partial(self._settled, operation))
        else:
            self._wait(operation, component, completion)

    def _settled(self, operation: int, error: BaseException | None) -> None:
        """What a broker confirms by calling back is done."""
        component = self._waiting.pop(operation, None)
        if component is None:
            return  # abandoned
        if error is not None:
            self._failed(operation, component, error)
        else:
            component.counters.sent += 1
            self._answer(operation, None)

    def _wait(
        self, operation: int, component: Component, work: Awaitable[list[WireMessage] | None]
    ) -> None:
        """Let a task see to what a broker does in one."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)

        def done(task: asyncio.Future[list[WireMessage] | None]) -> None:
            self._tasks.discard(task)
            if task.cancelled():
                stopping = BrokerUnavailableError("the host is stopping")
                self._failed(operation, component, stopping)
            elif (error := task.exception()) is not None:
                self._failed(operation, component, error)
            else:
                component.counters.sent += 1
                replies = task.result()
                self._answer(operation, replies if isinstance(replies, list) else None)

        task.add_done_callback(done)

    def _failed(self, operation: int, component: Component, error: BaseException) -> None:
        component.counters.send_errors += 1
        if isinstance(error, BrokerError):
            self._answer(operation, (CODES.get(error.kind, CODES["other"]), str(error)))
            return
        component.log.error("a broker failed unexpectedly", exc_info=error)
        self._answer(operation, (CODES["other"], f"the broker failed: {error!r}"))

    def _deny(self, operation: int, component: Component, text: str) -> None:
        component.counters.denied += 1
        component.log.warning("permission denied: %s", text)
        self._answer(operation, (CODES["permission-denied"], text))


async def _ask(
    limits: ComponentConfig,
    grant: Grant,
    topic: str,
    message: Message,
    timeout: float,
    expected: int,
) -> list[WireMessage] | None:
    """The replies in the engine's form; an empty list for a request that expects none.

    Raises:
        MessageRejectedError: they are more, or larger, than the component can hold.
    """
    if expected == 0:
        await done(grant.broker.publish(topic, message))
        return []
    handles = limits.max_handles
    replies = await grant.broker.request(
        topic,
        message,
        timeout=timeout,
        expected=min(expected, handles + 1),
        max_size=limits.memory,
    )
    if len(replies) > handles:
        raise MessageRejectedError(
            f"more than {handles:,} replies on {short(topic)}, which is as many handles as the "
            "component may hold; expect fewer, or allow it more (max_handles)"
        )
    return [(reply.topic, reply.data, reply.content_type, reply.metadata) for reply in replies]


def _message(
    handling: Handling, data: bytes, content_type: str | None, metadata: WireMetadata
) -> Message:
    """What a guest sends, if it may send one more and of this size."""
    component = handling.component
    handling.sends += 1
    if handling.sends > component.max_sends:
        raise MessageRejectedError(
            f"a handling may make {component.max_sends:,} sends (max_sends_per_handling)"
        )
    message = Message(data, content_type, None if metadata is None else tuple(metadata))
    if metadata or len(data) > component.max_message_size:
        excess = component.excess(message)
        if excess is not None:
            raise MessageRejectedError(excess)
    return message


def short(name: str) -> str:
    """A guest's topic or client name for a log or an error: quoted, and not longer than a line."""
    return repr(name) if len(name) <= MAX_SHOWN else f"{name[:MAX_SHOWN]!r}… ({len(name):,})"
