"""Told "swap", puts a link in a granted folder's place; sends what the folder holds to "out"."""

from pathlib import Path

from componentize_py_types import Err
from wit_world import exports
from wit_world.imports import producer
from wit_world.imports.types import Client, Error_Other, Message


class IncomingHandler(exports.IncomingHandler):
    def handle(self, message: Message) -> None:
        try:
            if message.data() == b"swap":
                Path("/outer/inner").rename("/outer/away")
                Path("/outer/inner").symlink_to("../secret")
            names = sorted(path.name for path in Path("/inner").iterdir())
        except OSError as error:
            raise Err(Error_Other(error.strerror)) from None
        with Client.connect("default") as client:
            producer.send(client, "out", Message(" ".join(names).encode()))
