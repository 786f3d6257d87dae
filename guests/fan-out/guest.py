"""Sends ten copies of every message to "out", on a client that is kept."""

from wit_world import exports
from wit_world.imports import producer
from wit_world.imports.types import Client, Message

COPIES = 10
out: Client | None = None


class IncomingHandler(exports.IncomingHandler):
    def handle(self, message: Message) -> None:
        global out
        if out is None:
            out = Client.connect("default")
        body = message.data()
        for _ in range(COPIES):
            producer.send(out, "out", Message(body))
