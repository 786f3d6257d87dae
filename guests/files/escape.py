"""Told "swap", puts a link to a neighbour in the place of a granted folder; else sends its files' names to "out"."""

import os

from componentize_py_types import Err
from wit_world import exports
from wit_world.imports import producer
from wit_world.imports.types import Client, Error_Other, Message


class IncomingHandler(exports.IncomingHandler):
    def handle(self, message: Message) -> None:
        try:
            if message.data() == b"swap":
                os.rename("/outer/inner", "/outer/away")
                os.symlink("../secret", "/outer/inner")
            names = sorted(os.listdir("/inner"))
        except OSError as error:
            raise Err(Error_Other(error.strerror)) from None
        with Client.connect("default") as client:
            producer.send(client, "out", Message(" ".join(names).encode()))
