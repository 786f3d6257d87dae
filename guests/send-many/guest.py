"""Sends as many messages as the body says, numbered from 0, to "out"."""

from wit_world import exports
from wit_world.imports import producer
from wit_world.imports.types import Client, Message


class IncomingHandler(exports.IncomingHandler):
    def handle(self, message: Message) -> None:
        with Client.connect("default") as out:
            for number in range(int(message.data())):
                producer.send(out, "out", Message(b"%d" % number))
