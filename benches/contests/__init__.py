"""The brokers of the benchmark, one module each; see ``measure/contest.py`` for what one has."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from measure.contest import Contest


@cache
def all_contests() -> dict[str, Contest]:
    """Every broker there is a module of, by its name on the page, sorted by module."""
    modules = sorted(module.name for module in pkgutil.iter_modules(__path__))
    found = [importlib.import_module(f"{__name__}.{name}").CONTEST for name in modules]
    return {contest.name: contest for contest in found}
