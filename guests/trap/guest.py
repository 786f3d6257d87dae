"""Raises an exception that nobody catches, which traps, unless the topic is "fine"."""

from wit_world import exports
from wit_world.imports.types import Message


class IncomingHandler(exports.IncomingHandler):
    def handle(self, message: Message) -> None:
        if message.topic() != "fine":
            raise ZeroDivisionError("last words")
