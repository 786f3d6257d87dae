"""Returns the error that the topic names, with the body as its words."""

from componentize_py_types import Err
from wit_world import exports
from wit_world.imports.types import (
    Error_Connection,
    Error_Other,
    Error_PermissionDenied,
    Error_Timeout,
    Message,
)

WITH_WORDS = {
    "connection": Error_Connection,
    "permission-denied": Error_PermissionDenied,
    "other": Error_Other,
}


class IncomingHandler(exports.IncomingHandler):
    def handle(self, message: Message) -> None:
        topic = message.topic()
        if topic == "timeout":
            raise Err(Error_Timeout())
        if topic in WITH_WORDS:
            raise Err(WITH_WORDS[topic](message.data().decode()))
