"""A guest in wasmtime for Python: the public component API, one instance reused."""

from __future__ import annotations

import importlib
import itertools
from collections.abc import Callable
from typing import Any

wasmtime: Any = importlib.import_module("wasmtime")
component: Any = importlib.import_module("wasmtime.component")

TYPES = "wasi:messaging/types@0.2.0-draft"
PRODUCER = "wasi:messaging/producer@0.2.0-draft"
REQUEST_REPLY = "wasi:messaging/request-reply@0.2.0-draft"
HANDLER = "wasi:messaging/incoming-handler@0.2.0-draft"
CLIENT, MESSAGE = 1, 2


class Message:
    """What the host keeps of a message resource."""

    def __init__(self, data: bytes, topic: str | None = None) -> None:
        self.data = data
        self.topic = topic
        self.content_type: str | None = None
        self.metadata: list[tuple[str, str]] | None = None


class Guest:
    """The host's side of the interfaces, as plainly as the API allows.

    Args:
        path: of the component.
        send: takes what it sends, with the topic.
        reply: takes what it answers the message with that it handles.
    """

    def __init__(
        self,
        path: str,
        send: Callable[[str, Message], None],
        reply: Callable[[Message], None],
    ) -> None:
        engine = wasmtime.Engine()
        code = component.Component.from_file(engine, path)
        self._store = wasmtime.Store(engine)
        self._messages: dict[int, Message] = {}
        self._numbers = itertools.count(1)
        self._send_on = send
        self._reply_on = reply
        linker = component.Linker(engine)
        self._define(linker)
        instance = linker.instantiate(self._store, code)
        handler = instance.get_export_index(self._store, HANDLER)
        handle = instance.get_export_index(self._store, "handle", handler)
        self._handle = instance.get_func(self._store, handle)

    def handle(self, message: Message) -> None:
        """Have a message handled; whatever it sends is given on before this returns."""
        outcome = self._handle(self._store, self._own(message))
        if outcome is not None:
            raise RuntimeError(f"the guest failed: {outcome}")
        self._handle.post_return(self._store)

    def _define(self, linker: Any) -> None:
        with linker.root() as root:
            with root.add_instance(TYPES) as types:
                self._define_types(types)
            with root.add_instance(PRODUCER) as producer:
                producer.add_func("send", self._send)
            with root.add_instance(REQUEST_REPLY) as replying:
                replying.add_func("reply", self._reply)

    def _define_types(self, types: Any) -> None:
        resource = component.ResourceType.host
        types.add_resource("client", resource(CLIENT), lambda store, rep: None)
        types.add_resource("message", resource(MESSAGE), self._drop)
        functions = {
            "[static]client.connect": lambda store, name: component.ResourceHost.own(1, CLIENT),
            "[constructor]message": lambda store, data: self._own(Message(data)),
            "[method]message.topic": lambda store, it: self._get(store, it).topic,
            "[method]message.data": lambda store, it: self._get(store, it).data,
            "[method]message.set-content-type": self._set_content_type,
            "[method]message.add-metadata": self._add_metadata,
        }
        for name, function in functions.items():
            types.add_func(name, function)

    def _own(self, message: Message) -> Any:
        number = next(self._numbers)
        self._messages[number] = message
        return component.ResourceHost.own(number, MESSAGE)

    def _get(self, store: Any, resource: Any) -> Message:
        return self._messages[_number(store, resource)]

    def _drop(self, store: Any, number: int) -> None:
        del self._messages[number]

    def _set_content_type(self, store: Any, resource: Any, content_type: str) -> None:
        self._get(store, resource).content_type = content_type

    def _add_metadata(self, store: Any, resource: Any, key: str, value: str) -> None:
        message = self._get(store, resource)
        kept = [pair for pair in message.metadata or [] if pair[0] != key]
        message.metadata = [*kept, (key, value)]

    def _send(self, store: Any, client: Any, topic: str, resource: Any) -> None:
        _number(store, client)
        self._send_on(topic, self._messages.pop(_number(store, resource)))

    def _reply(self, store: Any, reply_to: Any, resource: Any) -> None:
        _number(store, reply_to)
        self._reply_on(self._messages.pop(_number(store, resource)))


def _number(store: Any, resource: Any) -> int:
    """Take a resource over from the call that passed it, as has to be done with each."""
    with resource:
        return int(resource.to_host(store).rep)
