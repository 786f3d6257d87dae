"""Reads /data/in, appends "more" to the file that the message names, sends the whole to "out"."""

from pathlib import Path

from componentize_py_types import Err
from wit_world import exports
from wit_world.imports import producer
from wit_world.imports.types import Client, Error_Other, Message


class IncomingHandler(exports.IncomingHandler):
    def handle(self, message: Message) -> None:
        assert Path("/data/in").read_text() == "from the host"  # noqa: S101
        path = Path(message.data().decode())
        try:
            with path.open("a") as file:
                file.write("more")
            text = path.read_bytes()
        except OSError as error:
            raise Err(Error_Other(error.strerror)) from None
        with Client.connect("default") as client:
            producer.send(client, "out", Message(text))
