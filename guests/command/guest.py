"""A command: sends its arguments, or else the lines of standard input, to the topic it is told."""

import os
import sys

from componentize_py_types import Err
from wit_world import exports
from wit_world.imports import producer
from wit_world.imports.types import Client, Message


class Run(exports.Run):
    def run(self) -> None:
        topic, *words = sys.argv[1:]
        if topic == "exit":
            sys.exit(int(words[0]))
        lines = [" ".join(words)] if words else sys.stdin.read().splitlines()
        greeting = os.environ.get("GREETING", "")
        with Client.connect("default") as client:
            for line in lines:
                try:
                    producer.send(client, topic, Message(f"{greeting}{line}".encode()))
                except Err as error:
                    print("not sent:", error.value, file=sys.stderr)
                    raise Err(None) from None
        print("sent", len(lines), "to", topic)
