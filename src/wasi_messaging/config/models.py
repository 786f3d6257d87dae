"""The checked form of a configuration."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, SerializeAsAny

from ..abc import BrokerSettings
from ..units import Duration, Size
from .base import Count, FolderPath, Table
from .delivery import SubscriptionConfig
from .grants import Endpoint, FolderConfig, HttpHost
from .metrics import MetricsConfig


class Permissions(Table):
    """What a component may do with one client; nothing unless said.

    Attributes:
        send: topic patterns, in the broker's dialect, it may send to.
        request: topic patterns it may send requests to.
    """

    send: tuple[str, ...] = Field(default=(), examples=[["alerts.>"]])
    request: tuple[str, ...] = Field(default=(), examples=[["geo.lookup"]])


class ComponentConfig(Table):
    """``[components.NAME]``.

    Attributes:
        path: the component file.
        instances: instances at most; each handles one message at a time.
        isolation: ``"instance"``: instances are reused, so a guest keeps its memory from message to
            message; ``"message"``: each message gets a fresh instance.
        memory: bytes an instance may have.
        deadline: seconds a handling may take.
        fuel: units of work a handling may take, about one for each instruction; the guest is slower
            for the counting. Default: not counted.
        max_table_elements: elements that the tables of an instance may have together.
        max_handles: messages, clients and other resources of the host an instance may hold.
        max_messages_per_instance: an instance is replaced after so many messages; default: never.
        max_message_size: a message with a larger body is not given to the guest, nor taken from it.
        max_metadata_pairs: the same for a message with more pairs of metadata.
        max_metadata_size: the same for one whose keys and values are larger, in bytes together.
        max_sends_per_handling: sends, replies and requests of one handling; more are refused.
        sends: ``"immediate"``: a send leaves when the guest makes it; ``"on-success"``: sends and
            replies are held and leave after the guest returned ``ok``, before the message is
            acknowledged.
        env: environment variables of the guest.
        config: what the guest is told by ``wasi:config``, key → text.
        files: folders that the guest can open; none unless said.
        http: hosts that the guest's HTTP requests may go to: ``"api.example.org"`` at the usual
            port of the URL's scheme, ``"localhost:8080"`` at this port, ``"*.internal"`` all below
            a name. ``[]``: none. Default: a component that imports ``wasi:http`` is refused.
        sockets: ``"HOST:PORT"`` that the guest's sockets may connect and send to, over TCP and UDP;
            none unless said.
        log_lines_per_second: lines of its standard output and error that are logged; more are
            counted.
        subscriptions: where its messages come from.
        permissions: client name → what it may do there; nothing unless said.
    """

    path: FolderPath = Field(examples=["alerts.wasm"])
    instances: Count = Field(default=16, ge=1, le=10_000)
    isolation: Literal["instance", "message"] = Field(default="instance", examples=["message"])
    memory: Size = Field(default=64 * 2**20, ge=2**16, le=4 * 2**30)
    deadline: Duration = Field(default=30.0, gt=0, le=24 * 3600)
    fuel: Count | None = Field(default=None, ge=1, le=10**18, examples=[50_000_000])
    max_table_elements: Count = Field(default=1_000_000, ge=1, le=10_000_000)
    max_handles: Count = Field(default=10_000, ge=1, le=1_000_000)
    max_messages_per_instance: Count | None = Field(
        default=None, ge=1, le=10**18, examples=[10_000]
    )
    max_message_size: Size = Field(default=16 * 2**20, ge=1)
    max_metadata_pairs: Count = Field(default=1_000, ge=0)
    max_metadata_size: Size = Field(default=2**20, ge=0)
    max_sends_per_handling: Count = Field(default=10_000, ge=1)
    sends: Literal["immediate", "on-success"] = Field(default="immediate", examples=["on-success"])
    env: dict[str, str] = Field(default={}, repr=False, examples=[{"THRESHOLD": "4.5"}])
    config: dict[str, str] = Field(default={}, repr=False, examples=[{"region": "eu"}])
    files: tuple[FolderConfig, ...] = Field(
        default=(), examples=[[{"path": "data", "guest": "/data", "write": True}]]
    )
    http: tuple[HttpHost, ...] | None = Field(default=None, examples=[["api.example.org"]])
    sockets: tuple[Endpoint, ...] = Field(default=(), examples=[["db.example.org:5432"]])
    log_lines_per_second: Count = Field(default=100, ge=1, le=1_000_000)
    subscriptions: tuple[SubscriptionConfig, ...] = Field(
        default=(), examples=[[{"topic": "sensors.*.temperature"}]]
    )
    permissions: dict[str, Permissions] = Field(
        default={}, examples=[{"default": {"send": ["alerts.>"]}}]
    )


class Config(Table):
    """A whole ``messaging.toml``.

    Make one with :meth:`load`, :meth:`parse` or :meth:`from_dict`: they alone fill in the client
    ``default``, check what one part says of another, and put every problem into one error.

    Attributes:
        clients: name a component connects to → the broker's settings, as the broker checked them.
            ``default`` is ``embedded:`` unless said otherwise.
        components: name → component.
        drain: seconds that messages in flight get to finish when the host is stopped.
        max_bytes_in_flight: bytes of messages that the host holds at a time, over all
            subscriptions; no more are fetched before some are settled.
        metrics: where Prometheus finds the host's metrics; default: nowhere.
        folder: where relative paths start: the folder of the file, or the current one.
    """

    clients: dict[str, SerializeAsAny[BrokerSettings]] = Field(
        default={}, repr=False, examples=[{"default": {"url": "embedded:"}}]
    )
    components: dict[str, ComponentConfig] = Field(
        default={}, examples=[{"alerts": {"path": "alerts.wasm"}}]
    )
    drain: Duration = Field(default=30.0, ge=0, le=3600)
    max_bytes_in_flight: Size = Field(default=256 * 2**20, ge=2**16)
    metrics: MetricsConfig | None = Field(default=None, examples=[{"listen": "127.0.0.1:9464"}])
    folder: Path = Field(default_factory=Path.cwd, exclude=True)

    def leaves_unused(self, client: str) -> bool:
        """Whether there are components, and none of them uses the client."""
        used: set[str] = set()
        for component in self.components.values():
            used |= component.permissions.keys()
            for subscription in component.subscriptions:
                used |= {subscription.client, subscription.dead_letter_client}
        return bool(self.components) and client not in used

    @classmethod
    def load(cls, path: str | os.PathLike[str] = "messaging.toml") -> Self:
        """Read and check a configuration file.

        Nothing is connected and no component is opened, but component files must be readable.

        Raises:
            ConfigError: the file cannot be read or used; the text has a line for each problem.
        """
        from .build import load

        return load(cls, Path(path))

    @classmethod
    def parse(
        cls,
        text: str,
        *,
        folder: str | os.PathLike[str] | None = None,
        source: str = "messaging.toml",
    ) -> Self:
        """As :meth:`load`, from TOML text.

        Args:
            text: the TOML; ``${VAR}`` and ``${VAR:-default}`` in its strings are replaced from the
                environment, ``$${`` is a literal ``${``.
            folder: where relative paths start; default: the current folder.
            source: what errors call the text.
        """
        from .build import parse

        return parse(cls, text, Path(folder) if folder is not None else Path.cwd(), source)

    @classmethod
    def from_dict(
        cls,
        values: Mapping[str, Any],
        *,
        folder: str | os.PathLike[str] | None = None,
        source: str = "configuration",
    ) -> Self:
        """As :meth:`parse`, from the values a TOML file would hold.

        Strings are taken as they are: a program has its own ways to its environment. Clients and
        components may be given as checked objects too.
        """
        from .build import build
        from .source import Source

        given = Source(source, Path(folder) if folder is not None else Path.cwd(), dict(values))
        return build(cls, given)

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """A JSON Schema of ``messaging.toml``, for editors."""
        from .schema import json_schema

        return json_schema(cls)
