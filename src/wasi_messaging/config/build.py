"""Checks the parts of a configuration one by one, so that every problem is found in one go."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from ..abc import BrokerSettings
from ..errors import ConfigError, MessagingError
from .checks import check, check_file
from .explain import explain
from .lines import Location
from .models import ComponentConfig, Config
from .problems import Problem, describe, kind_of, toml_value
from .redaction import may_hold_secrets, redact
from .source import Source, read_text, read_toml

AnyConfig = TypeVar("AnyConfig", bound=Config)
AnyModel = TypeVar("AnyModel", bound=BaseModel)
Checked = TypeVar("Checked")

Keep = Callable[[str, Path], bool]

DEFAULT_CLIENT = {"url": "embedded:"}


def load(kind: type[AnyConfig], path: Path, keep: Keep | None = None) -> AnyConfig:
    """See :meth:`Config.load`.

    Args:
        kind: the class to make.
        path: the file.
        keep: which components to check and load, by name and path; default: all.
    """
    source = read_toml(read_text(path), path.absolute().parent, str(path))
    source.file = path.absolute()
    if keep is not None:
        _leave_out(source, keep)
    return build(kind, source)


def _leave_out(source: Source, keep: Keep) -> None:
    """Forget the components that are not wanted, and what is wrong with them."""
    components = source.values.get("components")
    if not isinstance(components, dict):
        return
    for name, table in list(components.items()):
        path = table.get("path") if isinstance(table, dict) else None
        if not keep(name, source.folder / (path if isinstance(path, str) else "")):
            del components[name]
            at = ("components", name)
            source.problems = [p for p in source.problems if p.location[:2] != at]


def parse(kind: type[AnyConfig], text: str, folder: Path, source: str) -> AnyConfig:
    """See :meth:`Config.parse`."""
    return build(kind, read_toml(text, folder.absolute(), source))


def build(kind: type[AnyConfig], source: Source) -> AnyConfig:
    """A checked configuration.

    Raises:
        ConfigError: with a line for each problem.
    """
    builder = _Builder(source)
    values = dict(source.values)
    clients = builder.tables("clients", values.pop("clients", {}))
    clients.setdefault("default", DEFAULT_CLIENT)
    components = builder.tables("components", values.pop("components", {}))
    settings = builder.checked(clients, "clients", builder.client)
    loadable = builder.checked(components, "components", builder.component)
    if "folder" in values:
        builder.problems.append(Problem(("folder",), "unknown key; paths start from this file"))
    rest = builder.validate(kind, values | {"folder": source.folder}, ())
    builder.problems += check(settings, loadable, list(clients), source.file)
    if rest is None or builder.problems:
        raise ConfigError(describe(source, map(builder.redacted, builder.problems)))
    return rest.model_copy(update={"clients": settings, "components": loadable})


class _Builder:
    """Collects problems while it validates parts."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.problems = list(source.problems)
        self.context = {"folder": source.folder.absolute()}

    def tables(self, name: str, value: object) -> dict[str, Any]:
        if isinstance(value, Mapping):
            return dict(value)
        text = f"expected a table of tables, [{name}.NAME], got {kind_of(value)}"
        self.problems.append(Problem((name,), text))
        return {}

    def checked(
        self,
        tables: Mapping[str, object],
        at: str,
        check: Callable[[object, Location], Checked | None],
    ) -> dict[str, Checked]:
        pairs = ((name, check(table, (at, name))) for name, table in tables.items())
        return {name: value for name, value in pairs if value is not None}

    def component(self, table: object, at: Location) -> ComponentConfig | None:
        """A component's table; its path is looked at even where the rest is wrong."""
        component = self.validate(ComponentConfig, table, at)
        path = table.get("path") if isinstance(table, Mapping) else None
        if component is None and isinstance(path, str) and path:
            self.problems += check_file(self.context["folder"] / path, (*at, "path"))
        return component

    def client(self, table: object, at: Location) -> BrokerSettings | None:
        """The settings of a client, checked by the model of the broker that its URL names."""
        from ..brokers import broker_class

        if isinstance(table, BrokerSettings):
            return table
        if not isinstance(table, Mapping) or not isinstance(table.get("url", ""), str):
            return self.validate(BrokerSettings, table, at)
        url = str(table.get("url", ""))
        if "url" not in table:
            text = f"missing; for example: url = {toml_value(DEFAULT_CLIENT['url'])}"
            self.problems.append(Problem((*at, "url"), text))
        if any(problem.location == (*at, "url") for problem in self.problems):
            return None
        try:
            model = broker_class(url).settings_type
        except MessagingError as error:
            self.problems.append(Problem((*at, "url"), str(error)))
            return None
        return self.validate(model, table, at)

    def validate(self, model: type[AnyModel], table: object, at: Location) -> AnyModel | None:
        try:
            return model.model_validate(table, context=self.context)
        except ValidationError as error:
            known = {problem.location for problem in self.problems}
            found = explain(error, model, at, self.is_hidden)
            self.problems += [problem for problem in found if problem.location not in known]
            return None

    def is_hidden(self, location: Location) -> bool:
        """Whether the value there may be a secret."""
        return may_hold_secrets(location, self.source.hidden)

    def redacted(self, problem: Problem) -> Problem:
        """The same without any secret of a client, whoever wrote the text."""
        return redact(problem, self.source.values.get("clients"), self.source.hidden)
