"""Metadata is an ordered list in which a key may stand more than once."""
# ruff: noqa: S101

from wit_world import exports
from wit_world.imports import producer
from wit_world.imports.types import Client, Message


class IncomingHandler(exports.IncomingHandler):
    def handle(self, message: Message) -> None:
        assert message.metadata() == [("a", "1"), ("b", "2"), ("a", "3")]

        made = Message(b"")
        assert made.metadata() is None
        made.remove_metadata("a")
        assert made.metadata() is None
        made.set_metadata([("z", "0"), ("a", "1"), ("b", "2"), ("a", "3")])
        made.add_metadata("a", "4")
        assert made.metadata() == [("z", "0"), ("a", "4"), ("b", "2")]
        made.remove_metadata("b")
        assert made.metadata() == [("z", "0"), ("a", "4")]
        made.set_metadata([])
        assert made.metadata() == []

        message.remove_metadata("b")
        message.add_metadata("c", "é")
        with Client.connect("default") as client:
            producer.send(client, "out", message)
