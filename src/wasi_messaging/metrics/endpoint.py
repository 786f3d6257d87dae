"""Where Prometheus reads the metrics: a small HTTP server on the event loop.

On the loop, because what it reads belongs to the loop and is safe to read there only. The text is
made from what was read in a thread, as there may be thousands of lines.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from http import HTTPStatus
from typing import Self

from prometheus_client.metrics_core import Metric

from ..errors import ConfigError
from .text import encode

logger = logging.getLogger("wasi_messaging.metrics")

PATIENCE = 10.0
"""Seconds that a request may take, from connecting to the last byte read; so long does Prometheus
wait, unless told otherwise."""
MAX_HEAD = 16 * 1024
"""Bytes of a request."""
MAX_CONNECTIONS = 32
"""At a time; further ones are refused."""
PATH = "/metrics"

_PLAIN = "text/plain; charset=utf-8"

Source = Callable[[], Awaitable[Iterable[Metric]]]
"""Gathers the metrics; called on the event loop. What it returns is gone through in a thread."""


class Endpoint:
    """Serves metrics while its context lasts.

    Args:
        address: host and port to listen at; port 0 is a free one.
        source: asked at each request.

    Attributes:
        url: where the metrics are, once it serves.

    Raises (on entering):
        ConfigError: nobody can listen there.
    """

    def __init__(self, address: tuple[str, int], source: Source) -> None:
        self.url = ""
        self._address = address
        self._source = source
        self._server: asyncio.Server | None = None
        self._serving: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        host, port = self._address
        try:
            self._server = await asyncio.start_server(self._accept, host, port, limit=MAX_HEAD)
        except (OSError, UnicodeError) as error:  # the second: of a name that is none
            why = error.strerror if isinstance(error, OSError) else str(error)
            raise ConfigError(
                f"metrics.listen: cannot listen on {_shown(host, port)}: {why}"
            ) from error
        port = self._server.sockets[0].getsockname()[1]
        self.url = f"http://{_shown(host, port)}{PATH}"
        logger.info("metrics: %s", self.url)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._serving) >= MAX_CONNECTIONS:
            writer.write(_response(HTTPStatus.SERVICE_UNAVAILABLE))
            writer.close()
            return
        task = asyncio.create_task(self._serve(reader, writer))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                writer.write(await self._answer(reader))
                await writer.drain()
                writer.close()
                await writer.wait_closed()
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            logger.debug("a request was given up: %r", error)
        finally:
            writer.transport.abort()  # nothing, if it is closed

    async def _answer(self, reader: asyncio.StreamReader) -> bytes:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.LimitOverrunError:
            return _response(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        method, path, accept = _parse(head)
        if path != PATH:
            return _response(HTTPStatus.NOT_FOUND, f"the metrics are at {PATH}\n".encode())
        if method not in ("GET", "HEAD"):
            return _response(HTTPStatus.METHOD_NOT_ALLOWED, more=("Allow: GET, HEAD",))
        try:
            text, kind = await asyncio.to_thread(encode, await self._source(), accept)
        except Exception:  # Prometheus counts it as a failed scrape; the host goes on
            logger.exception("the metrics could not be read")
            return _response(HTTPStatus.INTERNAL_SERVER_ERROR)
        return _response(HTTPStatus.OK, text, kind, body=method == "GET")


def _parse(head: bytes) -> tuple[str, str, str]:
    """Method, path and ``Accept`` header of a request; empty where there is none."""
    request, *lines = head.decode("latin-1").split("\r\n")
    method, _, rest = request.partition(" ")
    path = rest.partition(" ")[0].partition("?")[0]
    headers = (line.partition(":") for line in lines)
    accept = [value.strip() for name, _, value in headers if name.strip().lower() == "accept"]
    return method, path, ",".join(accept)


def _response(
    status: HTTPStatus,
    content: bytes = b"",
    kind: str = _PLAIN,
    *,
    more: tuple[str, ...] = (),
    body: bool = True,
) -> bytes:
    lines = [
        f"HTTP/1.1 {status.value} {status.phrase}",
        f"Content-Type: {kind}",
        f"Content-Length: {len(content)}",
        "Connection: close",
        *more,
    ]
    head = "".join(f"{line}\r\n" for line in lines).encode() + b"\r\n"
    return head + content if body else head


def _shown(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
