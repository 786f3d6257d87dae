"""Hosts with guests, on a broker in memory unless told otherwise."""

from __future__ import annotations

import functools
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from wasi_messaging import Config, Host, Message

ROOT = Path(__file__).parent.parent.parent
SCENARIOS = ROOT / "guests"
NAME = "guest"
"""The guest's name in the configuration."""
LANGUAGES = ["c", "go", "python", "rust", "typescript"]
"""Each lowers the interface to the component in its own way."""
COMPILES = pytest.mark.timeout(180)
"""For tests with Python guests: the first one to load such a component compiles 18 MB of it."""


@functools.cache
def built(guest: str) -> Path:
    """The component of ``SCENARIO/VARIANT``, built now if need be.

    Raises:
        AssertionError: it cannot be built; the builder's words say why.
    """
    command = [sys.executable, str(SCENARIOS / "build.py"), "--json", guest]
    builder = subprocess.run(command, check=False, capture_output=True, text=True)
    assert builder.returncode == 0, builder.stderr
    return Path(json.loads(builder.stdout)[guest])


def component(
    guest: str, *, send: tuple[str, ...] = (">",), request: tuple[str, ...] = (), **more: object
) -> dict[str, object]:
    """``[components.NAME]``.

    Args:
        guest: ``SCENARIO/VARIANT``.
        send: topics it may send to.
        request: topics it may send requests to.
        more: further settings.
    """
    return {
        "path": str(built(guest)),
        "deadline": "10s",
        "permissions": {"default": {"send": list(send), "request": list(request)}},
        **more,
    }


@asynccontextmanager
async def hosting_all(
    components: Mapping[str, Mapping[str, object]],
    clients: Mapping[str, object] | None = None,
    **more: object,
) -> AsyncIterator[Host]:
    """A running host.

    Args:
        components: name → its settings, from :func:`component`.
        clients: by name; ``default`` is a broker in memory unless it is among them.
        more: settings of the host.
    """
    values = {
        "clients": {"default": {"url": "memory:"}, **(clients or {})},
        "components": components,
        **more,
    }
    async with Host(Config.from_dict(values)) as host:
        yield host


@asynccontextmanager
async def hosting(
    guest: str,
    *,
    send: tuple[str, ...] = (">",),
    request: tuple[str, ...] = (),
    clients: Mapping[str, object] | None = None,
    **settings: object,
) -> AsyncIterator[Host]:
    """A running host with the one component :data:`NAME`; the arguments are those of
    :func:`component` and :func:`hosting_all`.
    """
    one = {NAME: component(guest, send=send, request=request, **settings)}
    async with hosting_all(one, clients) as host:
        yield host


async def handle(host: Host, topic: str = "in", data: bytes = b"", **more: object) -> None:
    """Give the guest a message and wait until it is handled."""
    message = Message(data, topic=topic, **more)  # type: ignore[arg-type]
    await host.deliver(NAME, message)


async def publish(host: Host, topic: str, data: bytes = b"") -> None:
    """Publish a message, for the guest's subscription to receive."""
    completion = host.broker().publish(topic, Message(data))
    if completion is not None:
        await completion
