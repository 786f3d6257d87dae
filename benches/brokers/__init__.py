"""The brokers of the benchmark, one module each; see ``measure/contest.py`` for what one has."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from measure.contest import BenchBroker


@cache
def all_brokers() -> dict[str, BenchBroker]:
    """Every broker there is a module of, by its name on the page, sorted by module."""
    modules = sorted(module.name for module in pkgutil.iter_modules(__path__))
    found = [importlib.import_module(f"{__name__}.{name}").BROKER for name in modules]
    return {broker.name: broker for broker in found}
