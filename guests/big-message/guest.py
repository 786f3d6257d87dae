"""Sends a body of as many bytes as the body it got says; one over the limit is an error.other."""
# ruff: noqa: S101

from wit_world import exports
from wit_world.imports import producer
from wit_world.imports.types import Client, Message


class IncomingHandler(exports.IncomingHandler):
    def handle(self, message: Message) -> None:
        body = b"x" * int(message.data())
        big = Message(b"small")
        big.set_data(body)
        assert big.data() == body
        with Client.connect("default") as out:
            producer.send(out, "out", big)
