"""From a configuration to components that the engine has loaded; nothing is connected yet."""

from __future__ import annotations

import asyncio
from pathlib import Path

from . import _engine, worlds
from .compiler import prepare
from .component import Component
from .config import ComponentConfig, Config
from .config.grants import endpoint, http_host
from .errors import ComponentError


async def load_components(
    engine: _engine.Engine, config: Config, *, cache: Path | None, subscribe: bool
) -> dict[str, Component]:
    """Compile and check every component, then load them all.

    Args:
        engine: where they are loaded.
        config: which.
        cache: folder of compiled components; default: the user's cache folder.
        subscribe: whether those with subscriptions will be given messages.

    Returns:
        Name → component, without grants.

    Raises:
        ComponentError: one cannot be loaded, or cannot run here.
    """
    artifacts = {}
    for name, component in config.components.items():
        artifacts[name], inspection = await compiled(config, name, cache)
        handler = subscribe and bool(component.subscriptions)
        path = config.folder / component.path
        worlds.require_runnable(inspection, path=path, handler=handler, granted=(name, component))
    loaded = {}
    for name, component in config.components.items():
        # In a thread: it makes an instance, and that may run guest code up to its deadline.
        identity = await asyncio.to_thread(_load, engine, name, component, artifacts[name])
        loaded[name] = Component(name, component, identity, {})
    return loaded


async def compiled(
    config: Config, name: str, cache: Path | None = None
) -> tuple[Path, _engine.Inspection]:
    """The compiled form that a component's settings need, and what it is; see :func:`prepare`."""
    component = config.components[name]
    return await prepare(config.folder / component.path, cache, fuel=component.fuel is not None)


def _load(engine: _engine.Engine, name: str, config: ComponentConfig, artifact: Path) -> int:
    try:
        return engine.load(
            str(artifact),
            name,
            instances=config.instances,
            memory=config.memory,
            max_handles=config.max_handles,
            max_table_elements=config.max_table_elements,
            fuel=config.fuel,
            deadline=config.deadline,
            fresh=config.isolation == "message",
            max_messages_per_instance=config.max_messages_per_instance,
            env=list(config.env.items()),
            config=list(config.config.items()),
            files=[(str(folder.path), folder.guest, folder.write) for folder in config.files],
            http=None if config.http is None else [http_host(host) for host in config.http],
            sockets=[endpoint(place) for place in config.sockets],
            log_lines_per_second=config.log_lines_per_second,
        )
    except _engine.EngineFailure as error:
        raise ComponentError(f"component {name!r} ({config.path}): {error}") from error
