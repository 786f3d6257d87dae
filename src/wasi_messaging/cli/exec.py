"""``wasi-messaging exec``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from ..compiler import prepare
from ..config import ComponentConfig, Config, Permissions
from ..config.problems import nearest
from ..errors import ComponentError, ConfigError
from ..host import Host
from ..worlds import require_runnable
from .failures import note
from .logs import LEVELS, set_up_logging
from .options import Command, Pair, config_option, debug_option
from .session import find_config, run_async

NO_DEADLINE = 24 * 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Grants:
    """What the command line grants, on top of the configuration."""

    client: str
    send: tuple[str, ...]
    request: tuple[str, ...]
    env: tuple[tuple[str, str], ...]


@click.command(
    "exec",
    cls=Command,
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)
@click.argument("component", type=click.Path(path_type=Path))
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[ARG]...")
@click.option(
    "--allow-send",
    multiple=True,
    metavar="PATTERN",
    help="Let it send to these topics; '>' is all of them. May be given more than once.",
)
@click.option(
    "--allow-request",
    multiple=True,
    metavar="PATTERN",
    help="Let it send requests to these topics.",
)
@click.option(
    "--client",
    default="default",
    show_default=True,
    metavar="NAME",
    help="The client that --allow-… speak of.",
)
@click.option(
    "--env", type=Pair(), multiple=True, metavar="KEY=VALUE", help="Set a variable for it."
)
@config_option
@click.option(
    "--log-level",
    type=click.Choice(LEVELS),
    default="warning",
    show_default=True,
    help="What to log on standard error.",
)
@debug_option
def command(
    component: Path,
    arguments: tuple[str, ...],
    allow_send: tuple[str, ...],
    allow_request: tuple[str, ...],
    client: str,
    env: tuple[tuple[str, str], ...],
    config: Path | None,
    log_level: str,
) -> int:
    """Run a command component once and exit with its status.

    COMPONENT exports wasi:cli/run@0.2 and sends messages through wasi:messaging/producer. Whatever
    follows it belongs to the component, options too. Its standard streams are those of this
    process.

    The entry of the configuration whose path is this file says what it may do. The options here
    grant more; without either it may send nothing.

    Examples:
      wasi-messaging exec --allow-send 'greetings.>' greeter.wasm hello --times 3
      wasi-messaging exec --config production.toml import.wasm < rows.csv
      wasi-messaging exec --env LANG=de --allow-send '>' greeter.wasm
    """
    set_up_logging(log_level, as_json=False)
    grants = _Grants(client=client, send=allow_send, request=allow_request, env=env)
    return run_async(_execute(component, arguments, grants, config))


async def _execute(path: Path, arguments: Sequence[str], grants: _Grants, file: Path | None) -> int:
    if not path.is_file():  # noqa: ASYNC240
        raise ComponentError(f"{path}: no such file; build the component, or correct the path")
    name, config = _configure(path, grants, file)
    fuel = config.components[name].fuel is not None
    _, inspection = await prepare(path, fuel=fuel)
    granted = (name, config.components[name])
    require_runnable(inspection, path=path, command=True, granted=granted)
    async with Host(config, subscribe=False) as host:
        status = await host.execute(name, arguments)
        denied = host.counters(name).denied
    if denied:
        _explain_denied(name, denied, grants.client)
    return status


def _configure(path: Path, grants: _Grants, file: Path | None) -> tuple[str, Config]:
    """The component's name, and a configuration with nothing but it."""
    found = find_config(file, lambda _, candidate: _same(candidate, path))
    if len(found.components) > 1:
        names = ", ".join(found.components)
        raise ConfigError(f"{path} is the path of several components: {names}; copy the file")
    if grants.client not in found.clients:
        hint = nearest(grants.client, list(found.clients), "the clients are")
        raise ConfigError(f"no client {grants.client!r}; {hint}")
    for name, entry in found.components.items():
        return name, _checked(name, entry, grants, found)
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", path.stem).strip("-_")[:64] or "component"
    return name, _checked(name, ComponentConfig(path=path.absolute()), grants, found)


def _checked(name: str, entry: ComponentConfig, grants: _Grants, config: Config) -> Config:
    """The configuration with the grants of the command line in the component's entry."""
    before = entry.permissions.get(grants.client, Permissions())
    granted = Permissions(
        send=(*before.send, *grants.send), request=(*before.request, *grants.request)
    )
    changes: dict[str, object] = {"env": entry.env | dict(grants.env)}
    if granted != Permissions():
        changes["permissions"] = entry.permissions | {grants.client: granted}
    if "deadline" not in entry.model_fields_set:
        changes["deadline"] = NO_DEADLINE
    used = {grants.client, *entry.permissions}
    return Config.from_dict(
        {
            "clients": {key: value for key, value in config.clients.items() if key in used},
            "components": {name: entry.model_copy(update=changes)},
            "drain": config.drain,
        },
        folder=config.folder,
        source="exec",
    )


def _same(candidate: Path, path: Path) -> bool:
    try:
        return candidate.samefile(path)
    except OSError:
        return False


def _explain_denied(name: str, denied: int, client: str) -> None:
    what = "an operation" if denied == 1 else f"{denied:,} operations"
    note(
        f"{name} was refused {what} that it has no permission for; allow more with --allow-send "
        f"PATTERN or --allow-request PATTERN ('>' is every topic), or in messaging.toml: "
        f'[components.{name}] permissions.{client}.send = ["PATTERN"]'
    )
