"""Where to connect, and as whom."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from typing import Any

from ...errors import BrokerError


@dataclass
class Target:
    """Where to connect, and as whom.

    Attributes:
        servers: URLs without credentials.
        options: further arguments of nats-py's ``connect``.
        secure: refuse to log in without TLS.
        label: what errors call it; default: the servers.
        max_delay: seconds between two attempts to reconnect, at most.
    """

    servers: list[str]
    options: dict[str, Any] = field(default_factory=dict)
    secure: bool = False
    connect_timeout: float = 5.0
    publish_timeout: float = 10.0
    api_prefix: str = "$JS.API"
    label: str = ""
    max_delay: float = 5.0

    @property
    def address(self) -> str:
        """The servers as errors call them."""
        return self.label or ",".join(self.servers)


def tls_context(ca: str | None, cert: str | None, key: str | None, address: str) -> ssl.SSLContext:
    """What to trust, and who to be.

    Raises:
        BrokerError: a file cannot be used.
    """
    try:
        context = ssl.create_default_context(cafile=ca)
        if cert is not None:
            context.load_cert_chain(cert, key)
    except (OSError, ssl.SSLError) as error:
        files = ", ".join(file for file in (ca, cert, key) if file)
        raise BrokerError(f"cannot connect to {address}: TLS files {files}: {error}") from error
    return context
