"""Folders that guests may write in: nothing that a host trusts may be reached through them."""

from __future__ import annotations

import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..abc import BrokerSettings
from .lines import Location
from .models import ComponentConfig
from .problems import Problem, dotted

_MAX_LINKS = 40
_Identity = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Grant:
    """A folder that a guest may write in."""

    at: Location
    path: Path
    identity: _Identity


def writable_by_guests(
    clients: Mapping[str, BrokerSettings],
    components: Mapping[str, ComponentConfig],
    file: Path | None,
) -> Iterator[Problem]:
    """What lies where a guest could put something else in its place.

    Args:
        clients: those whose settings were right.
        components: those whose tables were right.
        file: the file of the configuration, if it is from one.
    """
    grants = list(_grants(components))
    if not grants:
        return
    for name, component in components.items():
        at = ("components", name)
        yield from _on_the_way(grants, (*at, "path"), component.path)
        for index, folder in enumerate(component.files):
            yield from _on_the_way(grants, (*at, "files", index, "path"), folder.path)
    if file is not None:
        yield from _held(grants, file, "the configuration")
    for what, place in _private_folders(clients):
        yield from _held(grants, place, what)


def _grants(components: Mapping[str, ComponentConfig]) -> Iterator[_Grant]:
    for name, component in components.items():
        for index, folder in enumerate(component.files):
            identity = _identity(folder.path)
            if folder.write and identity is not None:
                yield _Grant(("components", name, "files", index), folder.path, identity)


def _private_folders(clients: Mapping[str, BrokerSettings]) -> Iterator[tuple[str, Path]]:
    from ..brokers.embedded import EmbeddedSettings
    from ..compiler import default_cache

    yield "the folder of compiled components", default_cache()
    for name, settings in clients.items():
        if isinstance(settings, EmbeddedSettings):
            yield f"the folder of the client {name!r}", settings.directory


def _on_the_way(grants: list[_Grant], at: Location, path: Path) -> Iterator[Problem]:
    """A granted folder itself is no problem: a guest cannot replace it from inside."""
    way = set(_identities(path))
    for grant in grants:
        if grant.identity in way:
            yield Problem(
                at,
                f"{path} is reached through {grant.path}, which {dotted(grant.at)} grants with "
                "`write`: that guest could put something else in its place; move one of them, or "
                "grant without `write`",
            )
            return


def _held(grants: list[_Grant], path: Path, what: str) -> Iterator[Problem]:
    """A grant of the path itself, of what is around it, or of what is in it."""
    way, itself = set(_identities(path)), _identity(path)
    for grant in grants:
        if grant.identity in way or (
            itself is not None and itself in {grant.identity, *_identities(grant.path)}
        ):
            yield Problem(
                (*grant.at, "path"),
                f"{what} ({path}) must not be in the hands of a guest, and {grant.path} is granted "
                "with `write`; grant another folder, or grant without `write`",
            )


def _identity(path: Path) -> _Identity | None:
    try:
        found = path.stat()
    except (OSError, ValueError):  # what cannot be reached is another check's to report
        return None
    return found.st_dev, found.st_ino


def _identities(path: Path) -> Iterator[_Identity]:
    for folder in _looked_in(path):
        identity = _identity(folder)
        if identity is not None:
            yield identity


def _looked_in(path: Path) -> Iterator[Path]:
    """Each folder that the system looks for a name in on its way to a path, links followed."""
    absolute = path.absolute()
    here, names, links = Path(absolute.anchor), list(reversed(absolute.parts[1:])), 0
    while names:
        name = names.pop()
        if name == "..":
            here = here.parent
            continue
        yield here
        target = _target(here / name) if links < _MAX_LINKS else None
        if target is None:
            here /= name
            continue
        links += 1
        if target.is_absolute():
            here = Path(target.anchor)
        names += reversed(target.parts[1:] if target.is_absolute() else target.parts)


def _target(path: Path) -> Path | None:
    """Where a link leads; None if it is none."""
    try:
        is_link = stat.S_ISLNK(path.lstat().st_mode)
        return path.readlink() if is_link else None
    except (OSError, ValueError):  # nothing is there, yet
        return None
