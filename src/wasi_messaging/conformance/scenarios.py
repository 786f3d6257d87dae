"""The scenarios of the conformance suite; ``conformance/README.md`` describes their files."""

from __future__ import annotations

import base64
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from ..errors import ConfigError

__all__ = ["Component", "Expectation", "Message", "Scenario", "load"]

Outcome = Literal[
    "ok", "timeout", "connection", "permission-denied", "other", "trap", "limit", "deadline"
]
"""How a handling ended. A host that cannot tell traps, limits and deadlines apart says ``trap``."""

Need = Literal["metadata", "duplicate-keys", "content-type", "request-reply", "redelivery"]
"""What a broker must be able to do for a scenario to make sense."""


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


MAX_TEXT = 64 * 2**20
"""Characters of a text."""


def _repeated(value: object) -> object:
    if not isinstance(value, dict) or set(value) != {"repeat", "times"}:
        return value
    text, times = value["repeat"], value["times"]
    if not isinstance(text, str) or not isinstance(times, int):
        raise ValueError("repeat is a text, times a number")
    if times < 0 or len(text) * times > MAX_TEXT:
        raise ValueError(f"a text has 0 to {MAX_TEXT:,} characters")
    return text * times


def _endings(value: str) -> str:
    known = get_args(Outcome)
    if unknown := [one for one in value.split("|") if one not in known]:
        raise ValueError(f"no ending {', '.join(unknown)}; there are {', '.join(known)}")
    return value


Name = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
"""Words of small letters and digits, joined by ``-``: part of a topic with every broker."""


Text = Annotated[str, BeforeValidator(_repeated)]
"""A string, or ``{ repeat = "x", times = 65536 }``."""


def _is_base64(value: str) -> str:
    base64.b64decode(value, validate=True)
    return value


class Message(_Table):
    """A message that is published, or expected.

    Attributes:
        case: last segment of its topic; of an expected message, ``out`` unless said.
        data: the body as text.
        base64: the body where it is not text.
        content_type: unset unless said.
        metadata: unset unless said.
    """

    case: Name = "out"
    data: Text = ""
    base64: Annotated[str, AfterValidator(_is_base64)] | None = None
    content_type: Text | None = None
    metadata: tuple[tuple[Text, Text], ...] | None = None

    @model_validator(mode="after")
    def _one_body(self) -> Self:
        if self.data and self.base64 is not None:
            raise ValueError("say `data` or `base64`, not both")
        return self

    @property
    def body(self) -> bytes:
        """The body."""
        return self.data.encode() if self.base64 is None else base64.b64decode(self.base64)


class Component(_Table):
    """A component that runs in a scenario.

    Attributes:
        source: its folder below ``components/``.
        language: the variant, where it is not the one that is tested.
        handles: the cases it is subscribed to.
        send: the cases it may send to.
        request: the cases it may send requests to.
        instances: at most so many handlings at a time.
        deadline: seconds for a handling.
        memory: bytes for an instance.
        config: what ``wasi:config/store`` gives it.
    """

    source: str = "cases"
    language: str | None = None
    handles: tuple[Name, ...] = ()
    send: tuple[Name, ...] = ("out",)
    request: tuple[Name, ...] = ()
    instances: int = Field(default=4, ge=1, le=1000)
    deadline: float = Field(default=10.0, gt=0, le=600)
    memory: int = Field(default=64 * 2**20, ge=2**16, le=4 * 2**30)
    config: dict[str, str] = {}


class Expectation(_Table):
    """What comes out of a scenario.

    Attributes:
        choice: what a host that does this has chosen; ``""`` where the interface leaves no choice.
        messages: what was sent to ``out``, in order.
        handled: how the handlings ended, in order; several words joined by ``|`` are alternatives.
        texts: the words of the errors that ended them, in order, where a host knows them.
        refused: the host refused the component before the first message.
        unpublished: the broker refused to take the message that starts the scenario.
    """

    choice: str = ""
    messages: tuple[Message, ...] = ()
    handled: tuple[Annotated[str, AfterValidator(_endings)], ...] = ()
    texts: tuple[str, ...] = ()
    refused: bool = False
    unpublished: bool = False


class Scenario(_Table):
    """One scenario.

    Attributes:
        id: its name, unique, and the name of its first case unless ``publish`` says otherwise.
        checks: the sentence of the interface that it checks, or the decision that it documents.
        languages: those that can express it; all unless said.
        needs: what the broker must be able to do.
        size: bytes of the largest body, which the broker must be able to carry.
        publish: what is published, in order.
        one_by_one: publish each message only when the one before was handled.
        unordered: which of the two lists have no order.
        attempts: how often a message is handled that fails.
        components: name → component.
        expect: what must come out.
        choices: … where the interface leaves a choice: one of these.
    """

    id: Name
    checks: str
    languages: tuple[str, ...] | None = None
    needs: tuple[Need, ...] = ()
    size: int = 0
    publish: tuple[Message, ...] = Field(min_length=1)
    one_by_one: bool = False
    unordered: tuple[Literal["messages", "handled"], ...] = ()
    attempts: int = Field(default=1, ge=1)
    components: dict[Name, Component] = {}
    expect: Expectation | None = None
    choices: tuple[Expectation, ...] = ()

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.expect is None) == (not self.choices):
            raise ValueError("say `expect`, or several `choices`")
        if any(not choice.choice for choice in self.choices):
            raise ValueError("each of the `choices` needs its `choice`: what a host does")
        return self

    @property
    def expectations(self) -> tuple[Expectation, ...]:
        """Those of which one must be met."""
        return self.choices if self.expect is None else (self.expect,)

    @property
    def parts(self) -> dict[str, Component]:
        """The components; one that handles what is published, where the scenario names none."""
        if self.components:
            return self.components
        cases = dict.fromkeys(message.case for message in self.publish)
        return {"guest": Component(handles=tuple(cases))}


class _File(_Table):
    """A file of scenarios."""

    title: str
    scenario: tuple[Scenario, ...]


def load(folder: Path) -> dict[str, tuple[Scenario, ...]]:
    """The scenarios of a suite: title of a file → its scenarios.

    Raises:
        ConfigError: there is no suite in the folder, or a file cannot be used.
    """
    paths = sorted((folder / "scenarios").glob("*.toml"))
    if not paths:
        raise ConfigError(
            f"{folder} has no scenarios: --suite names the folder conformance/ of the repository"
        )
    files = {path: _read(path) for path in paths}
    _require_unique([one.id for file in files.values() for one in file.scenario], folder)
    return {file.title: file.scenario for file in files.values()}


def _read(path: Path) -> _File:
    values = _values(path)
    try:
        return _File.model_validate(values)
    except ValidationError as error:
        problems = [f"{path}: {_place(one['loc'], values)}: {one['msg']}" for one in error.errors()]
        raise ConfigError("\n".join(problems)) from error


def _values(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: {error}") from error


def _place(location: tuple[str | int, ...], values: dict[str, Any]) -> str:
    """Where in a file, with the scenario's name instead of its number."""
    parts = [str(part) for part in location]
    if len(location) > 1 and location[0] == "scenario" and isinstance(location[1], int):
        name = values["scenario"][location[1]].get("id", f"number {location[1] + 1}")
        parts = [f"scenario {name}", *parts[2:]]
    return ", ".join(parts) or "the file"


def _require_unique(names: Sequence[str], folder: Path) -> None:
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ConfigError(f"{folder}: several scenarios are called {', '.join(sorted(twice))}")
