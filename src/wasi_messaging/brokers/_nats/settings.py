"""What ``[clients.NAME]`` may say for a ``nats:`` client."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import SplitResult, unquote, urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)

from ...abc import BrokerSettings
from ...units import Duration, Size

DEFAULT_PORT = 4222


def _below_folder(path: Path, info: ValidationInfo) -> Path:
    return Path((info.context or {}).get("folder", ".")) / path.expanduser()


RelativePath = Annotated[Path, AfterValidator(_below_folder)]
"""A path that starts at the folder of the configuration file."""


class StreamSettings(BaseModel):
    """``stream = {…}``: the JetStream stream that stores the topics.

    An existing stream of this name is used as it is, and must store ``subjects``, if those are
    given. The keys from ``max_age`` on say what a new one is like.

    Attributes:
        name: of the stream.
        subjects: patterns of the topics it stores; needed to create it.
        create: make the stream if it does not exist.
        ack_wait: seconds until a message that was not settled comes again.
        max_ack_pending: unsettled messages of a group, over all its members.
        max_age: seconds messages are kept; 0: for ever.
        max_bytes: bytes kept; 0: no limit. The oldest messages go first.
        max_msgs: messages kept; 0: no limit.
        duplicate_window: seconds for which the stream remembers deduplication ids; never longer
            than ``max_age``.
        replicas: servers of the cluster that hold a copy.
        storage: on disk, or in the server's memory, which a restart empties.
        domain: JetStream domain, for leaf nodes.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    name: str = Field(pattern=r"^[^\s.*>/\\]+$", max_length=255)
    subjects: tuple[str, ...] = ()
    create: bool = False
    ack_wait: Duration = Field(default=30.0, ge=0.1)
    max_ack_pending: int = Field(default=20_000, ge=1)
    max_age: Duration = Field(default=0.0, ge=0)
    max_bytes: Size = Field(default=0, ge=0)
    max_msgs: int = Field(default=0, ge=0)
    duplicate_window: Duration = Field(default=120.0, ge=0.1)
    replicas: int = Field(default=1, ge=1, le=5)
    storage: Literal["file", "memory"] = "file"
    domain: str | None = Field(default=None, pattern=r"^[^\s.*>]+$")

    @model_validator(mode="after")
    def _creatable(self) -> StreamSettings:
        if self.create and not self.subjects:
            raise ValueError("create = true needs subjects, the patterns of the topics to store")
        return self

    @property
    def remembered(self) -> float:
        """The duplicate window as JetStream takes it."""
        return min(self.duplicate_window, self.max_age or self.duplicate_window)


class NatsSettings(BrokerSettings):
    """``[clients.NAME]`` with a ``nats://`` or ``tls://`` URL.

    Attributes:
        url: ``nats://[USER:PASSWORD@]HOST[:PORT]`` or ``nats://TOKEN@…``; ``tls://`` insists on
            TLS; several servers of one cluster are separated by commas.
        user: with ``password``, if not in the URL.
        password: with ``user``.
        token: instead of user and password.
        credentials: file with JWT and seed (``.creds``).
        nkey: file with an nkey seed.
        tls_ca: file with the certificates of the authorities to trust; default: the system's.
        tls_cert: file with the client's certificate.
        tls_key: file with the key of ``tls_cert``.
        tls_hostname: name expected in the server's certificate, if not the URL's.
        name: shown in the server's monitoring.
        connect_timeout: seconds to wait for the first connection.
        publish_timeout: seconds to wait for a confirmation of the stream; core NATS: for room in
            the buffer of what is to be sent.
        inbox_prefix: of the private reply addresses; users may be restricted to one.
        pending_messages: core NATS: messages held for a subscription that is not keeping up;
            further ones are dropped and counted.
        pending_bytes: the same in bytes.
        stream: store messages with JetStream; without it they are delivered at most once.
    """

    model_config = ConfigDict(hide_input_in_errors=True)

    user: str | None = None
    password: SecretStr | None = None
    token: SecretStr | None = None
    credentials: RelativePath | None = None
    nkey: RelativePath | None = None
    tls_ca: RelativePath | None = None
    tls_cert: RelativePath | None = None
    tls_key: RelativePath | None = None
    tls_hostname: str | None = None
    name: str = "wasi-messaging"
    connect_timeout: Duration = Field(default=5.0, gt=0)
    publish_timeout: Duration = Field(default=10.0, gt=0)
    inbox_prefix: str = Field(default="_INBOX", pattern=r"^[^\s.*>]+(\.[^\s.*>]+)*$")
    pending_messages: int = Field(default=512 * 1024, ge=1)
    pending_bytes: Size = Field(default=128 * 2**20, ge=1)
    stream: StreamSettings | None = None

    @field_validator("url")
    @classmethod
    def _addresses(cls, url: str) -> str:
        for one in url.split(","):
            parse_address(one)
        return url

    @model_validator(mode="after")
    def _login(self) -> NatsSettings:
        in_url = any(parse_address(one).username for one in self.url.split(","))
        ways = {
            "a login in the url": in_url,
            "user": self.user is not None,
            "token": self.token is not None,
            "credentials": self.credentials is not None,
            "nkey": self.nkey is not None,
        }
        used = [name for name, is_used in ways.items() if is_used]
        if len(used) > 1:
            raise ValueError(f"more than one way to log in: {' and '.join(used)}")
        if (self.user is None) != (self.password is None):
            raise ValueError("user and password belong together")
        if (self.tls_cert is None) != (self.tls_key is None):
            raise ValueError("tls_cert and tls_key belong together")
        if (self.credentials or self.nkey) and find_spec("nkeys") is None:
            raise ValueError(f"{used[0]} needs a package: pip install 'nats-py[nkeys]'")
        return self


def parse_address(url: str) -> SplitResult:
    """One server's URL.

    Raises:
        ValueError: it is none; the text does not repeat it, because it may hold a password.
    """
    try:
        parts = urlsplit(url.strip())
        _ = parts.port
    except ValueError:
        raise ValueError("not a NATS url: the port is no number from 1 to 65535") from None
    if parts.scheme not in ("nats", "tls"):
        raise ValueError("not a NATS url: it starts with nats:// or tls://")
    if not parts.hostname or re.search(r"\s", parts.hostname):
        raise ValueError("not a NATS url: there is no host in it; write nats://HOST:PORT")
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ValueError("not a NATS url: nothing may follow the port")
    return parts


def place(parts: SplitResult) -> tuple[str, int]:
    """A server's host, in lower case, and its port."""
    return parts.hostname or "", parts.port or DEFAULT_PORT


def plain(parts: SplitResult) -> str:
    """A server's URL without credentials."""
    host, port = place(parts)
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}:{port}"


def login_in(url: str) -> tuple[str | None, str | None]:
    """User (or token) and password of the first server's URL that has them."""
    for one in url.split(","):
        parts = parse_address(one)
        if parts.username:
            password = None if parts.password is None else unquote(parts.password)
            return unquote(parts.username), password
    return None, None
