"""Replies to every message with its body."""

from wit_world import exports
from wit_world.imports import request_reply
from wit_world.imports.types import Message


class IncomingHandler(exports.IncomingHandler):
    def handle(self, message: Message) -> None:
        request_reply.reply(message, Message(message.data()))
