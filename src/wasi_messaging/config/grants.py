"""What a component may have of the machine: folders, and places in the network."""

from __future__ import annotations

import re
from ipaddress import AddressValueError, IPv6Address
from pathlib import PurePosixPath
from typing import Annotated

from pydantic import AfterValidator, Field

from .base import FolderPath, Table

_PLACE = re.compile(
    r"(?P<host>\[[0-9A-Fa-f:.]+\]|(?:\*\.)?[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*)"
    r"(?::(?P<port>[0-9]{1,5}))?"
)
_MAX_PORT = 65535


def http_host(text: str) -> tuple[str, int | None]:
    """Host and port of an entry of ``http``; no port is the usual one of a URL's scheme.

    Raises:
        ValueError: it is none.
    """
    place = _PLACE.fullmatch(text)
    if place is None or not _is_host(place["host"]):
        raise ValueError(
            'expected a host and no more, such as "api.example.org", "localhost:8080", '
            '"[::1]:8080" or "*.internal"'
        )
    return place["host"].lower(), None if place["port"] is None else _port(place["port"])


def endpoint(text: str, *, lowest: int = 1) -> tuple[str, int]:
    """Host and port of an entry of ``sockets``; an IPv6 address comes without its brackets.

    Args:
        text: what is written.
        lowest: port that it may have.

    Raises:
        ValueError: it is none.
    """
    place = _PLACE.fullmatch(text)
    if (
        place is None
        or place["port"] is None
        or place["host"].startswith("*")
        or not _is_host(place["host"])
    ):
        raise ValueError(
            'expected a host and a port, such as "db.example.org:5432" or "[::1]:5432"'
        )
    return place["host"].strip("[]").lower(), _port(place["port"], lowest)


def _is_host(host: str) -> bool:
    if not host.startswith("["):
        return True
    try:
        IPv6Address(host[1:-1])
    except AddressValueError:
        return False
    return True


def _port(digits: str, lowest: int = 1) -> int:
    port = int(digits)
    if not lowest <= port <= _MAX_PORT:
        raise ValueError(f"expected a port from {lowest} to {_MAX_PORT}")
    return port


def _is_http_host(text: str) -> str:
    http_host(text)
    return text


def _is_endpoint(text: str) -> str:
    endpoint(text)
    return text


def _is_guest_path(text: str) -> str:
    path = PurePosixPath(text)
    if not path.is_absolute() or ".." in path.parts or "\0" in text:
        raise ValueError('expected a path from the root, such as "/data"')
    return str(path)


HttpHost = Annotated[str, AfterValidator(_is_http_host)]
Endpoint = Annotated[str, AfterValidator(_is_endpoint)]


class FolderConfig(Table):
    """An entry of ``files = [{…}]``: a folder that a component can open.

    Attributes:
        path: where it is; it must exist.
        guest: what the guest calls it, a path from the root.
        write: whether the guest may change, make and remove what is in it.
    """

    path: FolderPath = Field(examples=["data"])
    guest: Annotated[str, AfterValidator(_is_guest_path)] = Field(examples=["/data"])
    write: bool = False
