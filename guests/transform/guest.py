"""Parses a JSON event, sums up its readings, changes some fields, and sends it to "out"."""

import json

from wit_world import exports
from wit_world.imports import producer
from wit_world.imports.types import Client, Message

HIGH = 1000
out: Client | None = None


class IncomingHandler(exports.IncomingHandler):
    def handle(self, message: Message) -> None:
        global out
        if out is None:
            out = Client.connect("default")
        producer.send(out, "out", Message(transform(message.data())))


def transform(data: bytes) -> bytes:
    event = json.loads(data)
    total = sum(reading["value"] for reading in event["readings"])
    event["total"] = total
    event["status"] = "high" if total > HIGH else "normal"
    event["sequence"] += 1
    del event["debug"]
    return json.dumps(event, separators=(",", ":")).encode()
