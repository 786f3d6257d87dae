"""Sends a plain copy of each message, its body alone, to "out", on a client that is kept."""

from wit_world import exports
from wit_world.imports import producer
from wit_world.imports.types import Client, Message

out: Client | None = None


class IncomingHandler(exports.IncomingHandler):
    def handle(self, message: Message) -> None:
        global out
        if out is None:
            out = Client.connect("default")
        producer.send(out, "out", Message(message.data()))
