"""A message in the guest's hands: what it starts with, and that setters set."""
# ruff: noqa: S101

from wit_world import exports
from wit_world.imports import producer
from wit_world.imports.types import Client, Message


class IncomingHandler(exports.IncomingHandler):
    def handle(self, message: Message) -> None:
        new_message()
        every_byte()

        # What arrived may be changed, too: this is the guest's copy.
        assert message.topic() == "in"
        assert message.content_type() == "text/plain"
        message.set_data(b"changed")
        assert message.data() == b"changed"
        assert message.topic() == "in"

        # … and sent on as it is, without a copy.
        with Client.connect("default") as out:
            producer.send(out, "out", message)


def new_message() -> None:
    made = Message(b"first\0\xff")
    assert made.topic() is None
    assert made.content_type() is None
    assert made.metadata() is None
    assert made.data() == b"first\0\xff"

    made.set_data(b"")
    assert made.data() == b""
    made.set_data(b"second")
    assert made.data() == b"second"
    assert made.data() == b"second"

    made.set_content_type("text/plain")
    made.set_content_type("text/csv")
    assert made.content_type() == "text/csv"
    made.set_content_type("")  # not the same as never set
    assert made.content_type() == ""
    assert made.topic() is None


def every_byte() -> None:
    every = bytes(range(256))
    assert Message(every).data() == every
