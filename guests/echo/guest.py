"""Sends a copy of every message to "out"; a message on "fail" is refused."""

from componentize_py_types import Err
from wit_world import exports
from wit_world.imports import producer
from wit_world.imports.types import Client, Error_Other, Message


class IncomingHandler(exports.IncomingHandler):
    def handle(self, message: Message) -> None:
        topic = message.topic()
        if topic == "fail":
            raise Err(Error_Other("asked to fail"))
        copy = Message(message.data())
        content_type = message.content_type()
        if content_type is not None:
            copy.set_content_type(content_type)
        metadata = message.metadata()
        if metadata is not None:
            copy.set_metadata(metadata)
        if topic is not None:
            copy.add_metadata("from", topic)
        with Client.connect("default") as client:
            producer.send(client, "out", copy)
