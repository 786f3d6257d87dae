"""Which class speaks to which kind of broker: the entry points ``wasi_messaging.brokers``.

An entry point's name is the scheme of the URLs it serves. The brokers of this package are listed in
its ``pyproject.toml`` in the same way as those of others.
"""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache
from importlib.metadata import EntryPoint, entry_points

from ..abc import Broker, BrokerSettings
from ..errors import BrokerError, ConfigError

GROUP = "wasi_messaging.brokers"


@cache
def _entries() -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=GROUP)}


def schemes() -> list[str]:
    """The URL schemes that some installed broker serves."""
    return sorted(_entries())


@cache
def _load(scheme: str) -> type[Broker]:
    entry = _entries().get(scheme)
    if entry is None:
        near = get_close_matches(scheme, schemes(), n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ";"
        raise ConfigError(f"no broker for {scheme!r}{hint} known: {', '.join(schemes())}")
    try:
        loaded = entry.load()
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"the broker for {scheme!r} needs the module {error.name!r}; "
            f"install it with: pip install 'wasi-messaging[{scheme}]'"
        ) from error
    if not (isinstance(loaded, type) and issubclass(loaded, Broker)):
        raise ConfigError(f"the entry point {entry.value!r} for {scheme!r} is not a Broker class")
    return loaded


def broker_class(url: str) -> type[Broker]:
    """The class for a URL, by its scheme.

    Raises:
        ConfigError: no installed package serves the scheme, or what it needs is not installed.
    """
    scheme, colon, _ = url.partition(":")
    if not colon or not scheme:
        raise ConfigError(f"a broker's url starts with a scheme; known: {', '.join(schemes())}")
    return _load(scheme)


async def open_client(name: str, settings: BrokerSettings) -> Broker:
    """The broker of a client, open; the caller closes it.

    Raises:
        BrokerError: it cannot be reached or refuses; the text names the client.
        ConfigError: no installed package serves the URL.
    """
    broker = broker_class(settings.url)(settings)
    try:
        await broker.open()
    except BrokerError as error:
        error.args = (f"client {name!r}: {error}",)
        raise
    return broker
