"""Run WebAssembly components against any message broker.

    async with Host.from_file("messaging.toml") as host:
        await host.wait()

Everything a program needs is here; what the author of a broker needs is in
:mod:`wasi_messaging.abc`, what a test suite needs in :mod:`wasi_messaging.testing`.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .config import ComponentConfig as ComponentConfig
    from .config import Config as Config
    from .config import Permissions as Permissions
    from .config import SubscriptionConfig as SubscriptionConfig
    from .errors import BrokerError as BrokerError
    from .errors import BrokerPermissionError as BrokerPermissionError
    from .errors import BrokerTimeoutError as BrokerTimeoutError
    from .errors import BrokerUnavailableError as BrokerUnavailableError
    from .errors import ComponentError as ComponentError
    from .errors import ConfigError as ConfigError
    from .errors import DeadlineExceededError as DeadlineExceededError
    from .errors import EngineError as EngineError
    from .errors import GuestError as GuestError
    from .errors import GuestTrapError as GuestTrapError
    from .errors import HandlingError as HandlingError
    from .errors import HostStoppedError as HostStoppedError
    from .errors import LimitExceededError as LimitExceededError
    from .errors import MessageRejectedError as MessageRejectedError
    from .errors import MessageTooLargeError as MessageTooLargeError
    from .errors import MessagingError as MessagingError
    from .errors import SubscriptionStoppedError as SubscriptionStoppedError
    from .errors import UnsupportedWorldError as UnsupportedWorldError
    from .host import Host as Host
    from .message import Message as Message

_HOMES = {
    "ComponentConfig": "config",
    "Config": "config",
    "Permissions": "config",
    "SubscriptionConfig": "config",
    "BrokerError": "errors",
    "BrokerPermissionError": "errors",
    "BrokerTimeoutError": "errors",
    "BrokerUnavailableError": "errors",
    "ComponentError": "errors",
    "ConfigError": "errors",
    "DeadlineExceededError": "errors",
    "EngineError": "errors",
    "GuestError": "errors",
    "GuestTrapError": "errors",
    "HandlingError": "errors",
    "LimitExceededError": "errors",
    "MessageRejectedError": "errors",
    "MessageTooLargeError": "errors",
    "MessagingError": "errors",
    "SubscriptionStoppedError": "errors",
    "UnsupportedWorldError": "errors",
    "HostStoppedError": "errors",
    "Host": "host",
    "Message": "message",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> object:
    """Import on first use: ``wasi-messaging --help`` must not wait for what it does not need."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f".{home}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
