"""Keeps opening "files" or "sockets", sends how many it got and why no more; or lets go."""

import errno
import socket
from typing import IO

from wit_world import exports
from wit_world.imports import producer
from wit_world.imports.types import Client, Message

MORE_THAN_ENOUGH = 1000
kept: list[IO[bytes] | socket.socket] = []


def hoard(what: str) -> str:
    for count in range(MORE_THAN_ENOUGH):
        try:
            if what == "files":
                kept.append(open("/data/in", "rb"))  # noqa: PTH123, SIM115
            else:
                kept.append(
                    socket.socket(type=socket.SOCK_DGRAM if count % 2 else socket.SOCK_STREAM)
                )
        except OSError as error:
            return f"{count} {errno.errorcode[error.errno]}"
    return "never refused"


class IncomingHandler(exports.IncomingHandler):
    def handle(self, message: Message) -> None:
        what = message.data().decode()
        if what == "let go":
            for one in kept:
                one.close()
            kept.clear()
            return
        with Client.connect("default") as client:
            producer.send(client, "out", Message(hoard(what).encode()))
