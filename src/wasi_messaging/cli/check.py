"""``wasi-messaging check``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import click

from ..abc import BrokerSettings
from ..brokers import broker_class
from ..compiler import prepare
from ..config import Config
from ..errors import BrokerError, ComponentError, MessagingError
from ..loading import compiled
from ..wants import not_granted
from ..worlds import World, classify, require_runnable
from .failures import BROKER, COMPONENT, Failure
from .options import Command, debug_option, json_option
from .session import run_async

MAGIC = b"\0asm"


@click.command("check", cls=Command)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--connect", is_flag=True, help="Also connect the clients of a configuration.")
@json_option
@debug_option
def command(file: Path, connect: bool, as_json: bool) -> None:
    """Say whether a component or a configuration can be used, and why not.

    Of a component: what it can be used as, which revision of the interface it was built against,
    what it imports and exports, which imports it would be refused, and which are of use only with
    a grant. Of a configuration (.toml): everything `run` checks before its first message,
    components compiled, and what of their imports is not granted; brokers are only connected with
    --connect.

    Examples:
      wasi-messaging check alerts.wasm
      wasi-messaging check messaging.toml --connect
      wasi-messaging check alerts.wasm --json | jq .revision
    """
    if _is_config(file):
        run_async(_check_config(file, connect=connect, as_json=as_json))
    elif connect:
        raise click.UsageError("--connect is for a configuration")
    else:
        run_async(_check_component(file, as_json=as_json))


def _is_config(file: Path) -> bool:
    if file.suffix != ".toml":
        return False
    try:
        with file.open("rb") as opened:
            return opened.read(4) != MAGIC
    except OSError:
        return True


async def _check_component(file: Path, *, as_json: bool) -> None:
    world = classify((await prepare(file))[1])
    click.echo(json.dumps(_as_json(file, world)) if as_json else _as_text(file, world))
    if world.problems:
        raise Failure("\n".join(f"{file}: {text}" for text in world.problems), COMPONENT)


def _as_json(file: Path, world: World) -> dict[str, object]:
    revision = world.revision
    return {
        "file": str(file),
        "kind": world.kind,
        "revision": None
        if revision is None
        else {"package": revision.package, "commit": revision.commit, "date": revision.date},
        "imports": world.imports,
        "exports": world.exports,
        "refused": world.refused,
        "wants": {want.key: want.example for want in world.wants},
        "problems": world.problems,
    }


def _as_text(file: Path, world: World) -> str:
    revision = world.revision.describe() if world.revision is not None else "none"
    rows: list[tuple[str, str]] = [("use", world.kind), ("interface", revision)]
    for title, names in (("imports", world.imports), ("exports", world.exports)):
        rows += [(title if index == 0 else "", name) for index, name in enumerate(names)]
    rows += [("refused", name) for name in world.refused]
    rows += [("wants", str(want)) for want in world.wants]
    return "\n".join([str(file), *(f"  {title:<10} {text}" for title, text in rows)])


async def _check_config(file: Path, *, connect: bool, as_json: bool) -> None:
    config = Config.load(file)
    failures: list[MessagingError] = []
    components = {name: await _component(config, name, failures) for name in config.components}
    clients = {
        name: await _client(name, settings, failures, connect=connect)
        for name, settings in config.clients.items()
    }
    if as_json:
        listing = {
            "file": str(file),
            "clients": clients,
            "components": {name: found.kind for name, found in components.items()},
            "not_granted": {name: found.not_granted for name, found in components.items()},
            "problems": list(map(str, failures)),
        }
        click.echo(json.dumps(listing))
    else:
        click.echo(_listing(file, clients, components))
    if failures:
        status = COMPONENT if isinstance(failures[0], ComponentError) else BROKER
        raise Failure("\n".join(map(str, failures)), status)


class _Component(NamedTuple):
    """What a component of a configuration is, and the keys that its imports ask for in vain."""

    kind: str
    not_granted: tuple[str, ...] = ()

    def __str__(self) -> str:
        missing = ", ".join(self.not_granted)
        return f"{self.kind}; not granted: {missing}" if missing else self.kind


async def _component(config: Config, name: str, failures: list[MessagingError]) -> _Component:
    """What a component is; adds to the failures what is wrong with it."""
    entry = config.components[name]
    try:
        _, inspection = await compiled(config, name)
        handler = bool(entry.subscriptions)
        world = require_runnable(
            inspection, path=entry.path, handler=handler, granted=(name, entry)
        )
    except ComponentError as error:
        failures.append(error)
        return _Component("unsupported")
    return _Component(world.kind, tuple(want.key for want in not_granted(world.wants, entry)))


async def _client(
    name: str, settings: BrokerSettings, failures: list[MessagingError], *, connect: bool
) -> str:
    """A client's broker in one line; adds to the failures if it cannot be reached."""
    broker = broker_class(settings.url)(settings)
    if not connect:
        return broker.summary()
    try:
        async with broker:
            return f"{broker.summary()}, connected"
    except BrokerError as error:
        failures.append(type(error)(f"client {name!r}: {error}"))
        return "not connected"


def _listing(file: Path, clients: dict[str, str], components: dict[str, _Component]) -> str:
    rows = [f"  client {name}: {text}" for name, text in clients.items()]
    rows += [f"  component {name}: {found}" for name, found in components.items()]
    return "\n".join([str(file), *rows])
