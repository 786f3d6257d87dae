"""Takes the memory that the body says, in MiB, and lets it go."""

from wit_world import exports
from wit_world.imports.types import Message


class IncomingHandler(exports.IncomingHandler):
    def handle(self, message: Message) -> None:
        hoard = [b"x" * 2**20 for _ in range(int(message.data()))]
        hoard.clear()
