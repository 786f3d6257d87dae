"""From a component file to its compiled form on disk, once for each content and engine."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
from pathlib import Path

from . import _engine
from .errors import ComponentError

logger = logging.getLogger("wasi_messaging.host")

CHILD_ABOVE = 2 * 2**20
"""Bytes of a component above which it is compiled in a child process: compiling an 18 MB component
leaves 380 MB resident in the process that did it."""

_FUEL = "--fuel"


def default_cache() -> Path:
    """Where compiled components are kept: ``$XDG_CACHE_HOME/wasi-messaging/components``."""
    base = os.environ.get("XDG_CACHE_HOME")
    return Path(base or Path.home() / ".cache") / "wasi-messaging" / "components"


async def prepare(
    path: Path, cache: Path | None = None, *, fuel: bool = False
) -> tuple[Path, _engine.Inspection]:
    """The compiled form of a component, compiled now if no other run has done so, and what it is.

    A compiled form that cannot be used, say after a power cut, is made again.

    Args:
        path: the component file.
        cache: folder of compiled components; made private to the user. They are native code, and
            whoever can write there can run code as this user.
        fuel: whether the code counts what it does, for a component with a limit of fuel.

    Raises:
        ComponentError: the file cannot be read, is not a component, or does not compile, or the
            cache folder cannot be used.
    """
    if not os.path.isfile(path) and os.path.exists(path):  # noqa: ASYNC240, PTH110, PTH113
        raise ComponentError(f"{path} is not a file; name the component's .wasm file")
    try:
        place = str(cache or default_cache())
        found = await asyncio.to_thread(_engine.artifact_path, str(path), place, fuel=fuel)
        artifact = Path(found)
        with contextlib.suppress(FileNotFoundError, _engine.EngineFailure):
            return artifact, await asyncio.to_thread(_engine.inspect, str(artifact))
        await _compile(path, artifact, fuel=fuel)
        return artifact, await asyncio.to_thread(_engine.inspect, str(artifact))
    except (OSError, _engine.EngineFailure) as error:
        raise ComponentError(str(error)) from error


async def _compile(path: Path, artifact: Path, *, fuel: bool) -> None:
    size = os.path.getsize(path)  # noqa: ASYNC240, PTH202
    logger.info("compiling %s (%.1f MB); kept for next time", path, size / 1e6)
    if size > CHILD_ABOVE:
        await _compile_in_child(path, artifact, fuel=fuel)
    else:
        await asyncio.to_thread(_engine.compile, str(path), str(artifact), fuel=fuel)


async def _compile_in_child(path: Path, artifact: Path, *, fuel: bool) -> None:
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",  # nothing in the current folder is to be imported
        "-m",
        __name__,
        str(path),
        str(artifact),
        *([_FUEL] if fuel else []),
        stdin=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        _, stderr = await child.communicate()
    except asyncio.CancelledError:
        child.kill()
        await child.wait()
        raise
    if child.returncode != 0:
        words = stderr.decode(errors="replace").strip()
        raise ComponentError(f"{path}: {words or f'the compiler ended with {child.returncode}'}")


def _main() -> int:
    """The child: compile one component, say on standard error what is wrong with it."""
    try:
        path, artifact, *options = sys.argv[1:]
        _engine.compile(path, artifact, fuel=_FUEL in options)
    except (OSError, _engine.EngineFailure) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(_main())
