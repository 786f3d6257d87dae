"""The handler of the benchmarks: everything an ordinary handler does with a message, on a client
that is kept, and nothing else.
"""

from wit_world import exports
from wit_world.imports import producer
from wit_world.imports.types import Client, Message

out: Client | None = None


class IncomingHandler(exports.IncomingHandler):
    def handle(self, message: Message) -> None:
        global out
        if out is None:
            out = Client.connect("default")
        message.topic()
        copy = Message(message.data())
        copy.set_content_type("application/json")
        copy.add_metadata("k", "v")
        producer.send(out, "out", copy)
