"""``messaging.toml``: from text to checked values.

text ─▶ source (TOML, ${VAR}) ─▶ models (pydantic) ─▶ checks (names, patterns) ─▶ Config
             └───────────────── problems: every one, with its line ─────────────────┘
"""

from __future__ import annotations

from .models import (
    ComponentConfig,
    Config,
    Permissions,
    SubscriptionConfig,
)

__all__ = [
    "ComponentConfig",
    "Config",
    "Permissions",
    "SubscriptionConfig",
]
