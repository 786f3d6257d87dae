"""nats-py's parser with a short way for messages that have arrived whole, which are nearly all.

Its own takes regular expressions, a coroutine and several copies for each. Whatever is not a whole
message – commands, and what a read cut in two – still goes through it, and no further than needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nats.errors import ProtocolError
from nats.protocol.parser import AWAITING_MSG_PAYLOAD, Parser

if TYPE_CHECKING:
    from .client import RawClient

MSG, HMSG, END = b"MSG ", b"HMSG ", b"\r\n"


class RawParser(Parser):
    """Gives whole messages to the client's handlers at once."""

    def __init__(self, client: RawClient) -> None:
        super().__init__(client)
        self._client = client

    async def parse(self, data: bytes = b"") -> None:
        """Take in what was read."""
        position, size = 0, len(data)
        while position < size:
            if not self.buf and self.state != AWAITING_MSG_PAYLOAD:
                position = self._take_whole(data, position)
                if data.startswith((MSG, HMSG), position):  # the rest of it is still to come
                    await super().parse(data[position:])
                    return
            until = self._end_of_part(data, position)
            if until > position:
                await super().parse(data[position:until])
            position = until

    def _end_of_part(self, data: bytes, position: int) -> int:
        """How far the message goes that was begun, or the line."""
        if self.state == AWAITING_MSG_PAYLOAD:
            missing: int = self.needed + len(END) - len(self.buf)
            return min(position + missing, len(data))
        line = data.find(b"\n", position)
        return len(data) if line < 0 else line + 1

    def _take_whole(self, data: bytes, position: int) -> int:
        """Hand out the messages that are here to their end; returns where the next thing begins."""
        size, client = len(data), self._client
        handlers = client.handlers
        while True:
            line = data.find(END, position)
            if line < 0:
                return position
            words = data[position:line].split()
            kind = words[0] if words else END
            if kind == b"MSG":
                has_headers = False
            elif kind == b"HMSG":
                has_headers = True
            else:
                return position
            try:
                body = line + len(END)
                end = body + int(words[-1])
                if end + len(END) > size:
                    return position
                headers: bytes | None = None
                if has_headers:
                    cut = body + int(words[-2])
                    headers = data[body:cut]
                    body = cut
                reply = words[3] if len(words) == 5 + has_headers else b""
                handler = handlers.get(words[2])
            except (ValueError, IndexError):
                raise ProtocolError("nats: malformed MSG") from None
            if handler is not None:
                try:
                    handler(words[1], reply, data[body:end], headers)
                except Exception as error:  # which would end nats-py's reading task
                    client.handler_failed(words[1], error)
            position = end + len(END)
