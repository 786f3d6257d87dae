"""Says "hello" to the "PROTOCOL HOST PORT" of the message and sends what comes back to "out"."""

import encodings.idna  # noqa: F401 - what socket would import when it is too late
import socket

from componentize_py_types import Err
from wit_world import exports
from wit_world.imports import producer
from wit_world.imports.types import Client, Error_Other, Message

PATIENCE = 5
ENOUGH = 100


def talk(protocol: str, host: str, port: int) -> bytes:
    if protocol == "listen":
        with socket.socket() as listener:
            listener.bind((host, port))
            listener.listen()
        return b"listening"
    if protocol == "tcp":
        with socket.create_connection((host, port), timeout=PATIENCE) as connection:
            connection.sendall(b"hello")
            return connection.recv(ENOUGH)
    with socket.socket(type=socket.SOCK_DGRAM) as datagrams:
        datagrams.settimeout(PATIENCE)
        datagrams.sendto(b"hello", (host, port))
        return datagrams.recv(ENOUGH)


class IncomingHandler(exports.IncomingHandler):
    def handle(self, message: Message) -> None:
        protocol, host, port = message.data().decode().split()
        try:
            answer = talk(protocol, host, int(port))
        except OSError as error:
            raise Err(Error_Other(f"{type(error).__name__}: {error}")) from None
        with Client.connect("default") as client:
            producer.send(client, "out", Message(answer))
