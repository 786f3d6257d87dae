"""The scenarios of the conformance suite; ``conformance/README.md`` describes their files."""

from __future__ import annotations

import base64
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

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


def _repeated(value: object) -> object:
    if isinstance(value, dict) and set(value) == {"repeat", "times"}:
        return str(value["repeat"]) * int(value["times"])
    return value


Text = Annotated[str, BeforeValidator(_repeated)]
"""A string, or ``{ repeat = "x", times = 65536 }``."""


class Message(_Table):
    """A message that is published, or expected.

    Attributes:
        case: last segment of its topic; of an expected message, ``out`` unless said.
        data: the body as text.
        base64: the body where it is not text.
        content_type: unset unless said.
        metadata: unset unless said.
    """

    case: str = "out"
    data: Text = ""
    base64: str | None = None
    content_type: Text | None = None
    metadata: tuple[tuple[Text, Text], ...] | None = None

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
    handles: tuple[str, ...] = ()
    send: tuple[str, ...] = ("out",)
    request: tuple[str, ...] = ()
    instances: int = 4
    deadline: float = 10.0
    memory: int = 64 * 2**20
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
    handled: tuple[str, ...] = ()
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

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    checks: str
    languages: tuple[str, ...] | None = None
    needs: tuple[Need, ...] = ()
    size: int = 0
    publish: tuple[Message, ...] = Field(min_length=1)
    one_by_one: bool = False
    unordered: tuple[Literal["messages", "handled"], ...] = ()
    attempts: int = Field(default=1, ge=1)
    components: dict[str, Component] = {}
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
    try:
        return _File.model_validate(tomllib.loads(path.read_text()))
    except (OSError, ValueError, ValidationError) as error:
        raise ConfigError(f"{path}: {error}") from error


def _require_unique(names: Sequence[str], folder: Path) -> None:
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ConfigError(f"{folder}: several scenarios are called {', '.join(sorted(twice))}")
