"""Posts "hello" to the message's URL, sends "STATUS BODY" to "out", or fails with HTTP's error.

On "keep" it posts without end.
"""

from contextlib import ExitStack
from urllib.parse import urlsplit

from componentize_py_types import Err
from wit_world import exports
from wit_world.imports import outgoing_handler, producer
from wit_world.imports.streams import StreamError_Closed
from wit_world.imports.wasi_http_types import (
    Fields,
    IncomingResponse,
    Method_Post,
    OutgoingBody,
    OutgoingRequest,
    Scheme_Http,
    Scheme_Https,
)
from wit_world.imports.wasi_messaging_types import Client, Error_Other, Message

BODY = b"hello"


def post(url: str) -> IncomingResponse:
    parts = urlsplit(url)
    request = OutgoingRequest(Fields())
    request.set_method(Method_Post())
    request.set_scheme(Scheme_Https() if parts.scheme == "https" else Scheme_Http())
    request.set_authority(parts.netloc)
    request.set_path_with_query(parts.path)
    body = request.body()
    answer = outgoing_handler.handle(request, None)
    with body.write() as stream:
        stream.blocking_write_and_flush(BODY)
    OutgoingBody.finish(body, None)
    with answer.subscribe() as ready:
        ready.block()
    result = answer.get().value
    if isinstance(result, Err):
        raise result
    return result.value


def read(response: IncomingResponse) -> bytes:
    whole = b""
    with response.consume() as body, body.stream() as stream:
        while True:
            try:
                whole += stream.blocking_read(64 * 1024)
            except Err as error:
                if isinstance(error.value, StreamError_Closed):
                    return whole
                raise


def keep(url: str) -> None:
    """Reads no answer, so that no connection is done with."""
    with ExitStack() as kept:
        while True:
            kept.enter_context(post(url))


class IncomingHandler(exports.IncomingHandler):
    def handle(self, message: Message) -> None:
        url = message.data().decode()
        try:
            if message.topic() == "keep":
                keep(url)
            response = post(url)
            answer = b"%d %b" % (response.status(), read(response))
        except Err as error:
            raise Err(Error_Other(type(error.value).__name__)) from None
        with Client.connect("default") as client:
            producer.send(client, "out", Message(answer))
