"""``messaging.toml``: from text to checked values.

text ─▶ source (TOML, ${VAR}) ─▶ models, delivery, grants ─▶ checks (names, patterns) ─▶ Config
             └───────────────── problems: every one, with its line ─────────────────┘
"""

from __future__ import annotations

from .delivery import DeadLetterConfig, RetryConfig, SubscriptionConfig
from .grants import FolderConfig
from .metrics import MetricsConfig
from .models import ComponentConfig, Config, Permissions

__all__ = [
    "ComponentConfig",
    "Config",
    "DeadLetterConfig",
    "FolderConfig",
    "MetricsConfig",
    "Permissions",
    "RetryConfig",
    "SubscriptionConfig",
]
