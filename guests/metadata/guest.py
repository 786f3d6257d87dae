"""Metadata is an ordered list in which a key may stand more than once."""
# ruff: noqa: S101

from wit_world import exports
from wit_world.imports import producer
from wit_world.imports.types import Client, Message


class IncomingHandler(exports.IncomingHandler):
    def handle(self, message: Message) -> None:
        # The host sends these, in this order.
        assert message.metadata() == [("a", "1"), ("b", "2"), ("a", "3")]
        rules()

        # What the host sees of it: the changed list.
        message.remove_metadata("b")
        message.add_metadata("c", "é")
        with Client.connect("default") as client:
            producer.send(client, "out", message)


def rules() -> None:
    made = Message(b"")
    assert made.metadata() is None
    made.remove_metadata("a")  # sets nothing
    assert made.metadata() is None
    made.add_metadata("a", "1")
    made.add_metadata("b", "")
    made.add_metadata("A", "2")
    assert made.metadata() == [("a", "1"), ("b", ""), ("A", "2")]

    # Adding replaces every pair of the key; the new one stands where the first stood.
    made.set_metadata([("z", "0"), ("a", "1"), ("b", "2"), ("a", "3")])
    assert made.metadata() == [("z", "0"), ("a", "1"), ("b", "2"), ("a", "3")]
    made.add_metadata("a", "4")
    assert made.metadata() == [("z", "0"), ("a", "4"), ("b", "2")]

    # Removing removes every pair of the key, and nothing if there is none.
    made.set_metadata([("a", "1"), ("b", "2"), ("a", "3")])
    made.remove_metadata("a")
    assert made.metadata() == [("b", "2")]
    made.remove_metadata("a")
    assert made.metadata() == [("b", "2")]

    # Set to an empty list is not the same as never set.
    made.set_metadata([])
    assert made.metadata() == []

    # A key may be empty; removing the last pair leaves an empty list, too.
    made.add_metadata("", "é")
    assert made.metadata() == [("", "é")]
    made.remove_metadata("")
    assert made.metadata() == []
