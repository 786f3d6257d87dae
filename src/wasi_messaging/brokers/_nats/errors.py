"""The one place where errors of nats-py and of the server become this package's."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterable, Mapping

from nats import errors

from ...errors import (
    BrokerError,
    BrokerPermissionError,
    BrokerTimeoutError,
    BrokerUnavailableError,
    MessageRejectedError,
)

_DENIED = re.compile(
    r'permissions violation for (publish|subscription) to "((?:[^"\\]|\\.)*)"', re.IGNORECASE
)

STREAM_NOT_FOUND = 10059
CONSUMER_NOT_FOUND = 10014
_REJECTED = {10054, 10077, 10122, 10123, 10060, 10071}
"""Too large for the stream, or the stream is full and does not drop old messages."""
_STORAGE = {10023, 10028, 10047}
"""Insufficient resources, memory, storage."""


def denied(error: Exception) -> tuple[str, str] | None:
    """What the server refused: ``publish`` or ``subscription``, and the subject."""
    found = _DENIED.search(str(error))
    return (found[1].lower(), re.sub(r"\\(.)", r"\1", found[2])) if found else None


def not_connected(address: str) -> BrokerUnavailableError:
    """A call while nats-py reconnects."""
    return BrokerUnavailableError(f"not connected to {address}; reconnecting")


def connection_lost(address: str) -> BrokerUnavailableError:
    """The connection went away under an unconfirmed publish or an unanswered request."""
    return BrokerUnavailableError(
        f"the connection to {address} was lost before an answer; the message may have been stored"
    )


def publish_denied(topic: str, address: str) -> BrokerPermissionError:
    """A publish or a request beyond what these credentials may."""
    return BrokerPermissionError(f"{address} does not let these credentials publish to {topic!r}")


def not_stored(topic: str, stored: Iterable[str]) -> MessageRejectedError:
    """A topic outside the client's stream."""
    return MessageRejectedError(
        f"no stream stores topic {topic!r}; the client's has {', '.join(stored)}"
    )


def connecting(error: BaseException, address: str) -> BrokerError:
    """Why :meth:`Broker.open` failed."""
    text = str(error).removeprefix("nats: ").strip("'\" ")
    lower = text.lower()
    if "authorization" in lower or "authentication" in lower or "nkey" in lower:
        return BrokerPermissionError(
            f"{address} refused the login ({text}); check user and password, token, nkey or "
            "credentials file"
        )
    if isinstance(error, errors.SecureConnWantedError):
        reason = "the server does not speak TLS, so nothing was sent; use nats:// if that is meant"
    elif isinstance(error, ssl.SSLCertVerificationError):
        reason = f"its certificate is not trusted ({error.verify_message}); set tls_ca"
    elif isinstance(error, ssl.SSLError):
        reason = (
            f"the TLS handshake failed ({error.reason or error}); check tls_ca, tls_cert, tls_key"
        )
    elif isinstance(error, socket.gaierror):
        reason = "the host name cannot be resolved"
    elif isinstance(error, ConnectionRefusedError):
        reason = "nobody listens there; is the server running?"
    elif isinstance(error, TimeoutError):
        reason = "no answer in time (connect_timeout)"
    else:
        reason = text or type(error).__name__
    return BrokerUnavailableError(f"cannot connect to {address}: {reason}")


class ApiError(Exception):
    """What JetStream's API answered instead of a result.

    Attributes:
        code: an HTTP-like number.
        number: JetStream's own number of the error.
        text: the server's words.
    """

    def __init__(self, answer: Mapping[str, object]) -> None:
        self.code = int(str(answer.get("code") or 0))
        self.number = int(str(answer.get("err_code") or 0))
        self.text = str(answer.get("description") or "unknown error")
        super().__init__(f"{self.text} ({self.number or self.code})")

    def translated(self, doing: str) -> BrokerError:
        """The error of this package for it; ``doing`` is what was tried."""
        text = f"{doing}: {self}"
        if self.number in _REJECTED:
            return MessageRejectedError(text)
        if self.number in _STORAGE:
            return BrokerUnavailableError(f"{text}; the server has no room to store it")
        if self.code == 503:
            return BrokerUnavailableError(text)
        if self.code == 408:
            return BrokerTimeoutError(text)
        return BrokerError(text)
