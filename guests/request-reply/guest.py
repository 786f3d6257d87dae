"""On "ask": sends a request to "answer", and what came back to "out". On "answer": replies with
the body and with another message.
"""

from wit_world import exports
from wit_world.imports import producer, request_reply
from wit_world.imports.request_reply import RequestOptions
from wit_world.imports.types import Client, Message


class IncomingHandler(exports.IncomingHandler):
    def handle(self, message: Message) -> None:
        if message.topic() == "ask":
            ask(message)
        else:
            request_reply.reply(message, Message(message.data()))
            request_reply.reply(message, Message(b"again"))


def ask(message: Message) -> None:
    options = RequestOptions()
    options.set_timeout_ms(2000)
    options.set_expected_replies(2)
    with Client.connect("default") as out, Message(message.data()) as question:
        for reply in request_reply.request(out, "answer", question, options):
            producer.send(out, "out", reply)
