"""Which world a component was built for, told from the structure of its imports and exports.

Several shapes carry the name ``wasi:messaging@0.2.0-draft``, so the name alone decides nothing. A
component of another shape than the one this host serves is refused with the revision it was built
against and what to do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from .errors import UnsupportedWorldError
from .revisions import SERVED, TARGET, Revision, find_revision
from .wants import HTTP, Want, not_granted, wanted

if TYPE_CHECKING:
    from ._engine import Inspection
    from .config import ComponentConfig

__all__ = ["World", "classify", "require_runnable"]

Functions = Mapping[str, str]
Interfaces = Mapping[str, Functions]
Kind = Literal["handler", "command", "handler and command", "none", "unsupported"]

PACKAGE: Final = "wasi:messaging"
HANDLER: Final = "wasi:messaging/incoming-handler@0.2.0-draft"
HANDLERS: Final = (HANDLER, "wasmcloud:messaging/handler@0.2.0")
TYPES: Final = "wasi:messaging/types@0.2.0-draft"
RUN: Final = "wasi:cli/run@0.2."

_REBUILD: Final = (
    f"rebuild it with the WIT of {TARGET.date} ({TARGET.source}; the folder wit/ of this project "
    "declares the same)"
)
_STUBBED: Final = (
    "if its source uses wasi:messaging, it was built with that stubbed out: leave out --stub-wasi "
    "(componentize-py -s, the stub options of jco and componentize-qjs)"
)
_HINTS: Final = (
    ("wasi:messaging", "not part of the interface: " + _REBUILD),
    ("wasmcloud:", "of wasmCloud's interfaces this host gives wasmcloud:messaging@0.2.0 only"),
)
_STARLINGMONKEY: Final = (
    "a JavaScript component for StarlingMonkey imports it whether it uses it or not: `jco "
    "componentize … -d http -d fetch-event`, or the QuickJS backend, builds one that does not"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What a component is, as far as this host cares.

    Attributes:
        handles: it exports a handler of messages: subscriptions can feed it.
        runs: it exports ``wasi:cli/run@0.2``: ``exec`` can run it.
        revision: the revision of the interface it was built against; ``None`` without messaging.
        imports: the interfaces it imports, sorted.
        exports: those it exports, sorted.
        refused: imported interfaces or functions that this host does not give.
        wants: what of its imports needs a grant to be of use.
        problems: why it cannot run here, each with what to do; none if it can.
    """

    handles: bool
    runs: bool
    revision: Revision | None
    imports: tuple[str, ...]
    exports: tuple[str, ...]
    refused: tuple[str, ...]
    wants: tuple[Want, ...]
    problems: tuple[str, ...]

    @property
    def kind(self) -> Kind:
        """What it can be used as here."""
        if self.problems:
            return "unsupported"
        if self.handles:
            return "handler and command" if self.runs else "handler"
        return "command" if self.runs else "none"


def classify(inspection: Inspection) -> World:
    """What a component is; never raises."""
    imports, exports = inspection.imports, inspection.exports
    revision = find_revision(imports, exports)
    return World(
        handles=any(name in exports for name in HANDLERS),
        runs=any(name.startswith(RUN) for name in exports),
        revision=revision,
        imports=tuple(sorted(imports)),
        exports=tuple(sorted(exports)),
        refused=tuple(inspection.unmet),
        wants=wanted(imports),
        problems=tuple(_problems(imports, exports, revision, inspection.unmet)),
    )


def require_runnable(
    inspection: Inspection,
    *,
    path: Path,
    handler: bool = False,
    command: bool = False,
    granted: tuple[str, ComponentConfig] | None = None,
) -> World:
    """What a component is, if it can run here.

    Args:
        inspection: what it imports and exports.
        path: its file, for errors.
        handler: it must export a handler of messages.
        command: it must export ``wasi:cli/run``.
        granted: its name and table in the configuration, which must grant what it needs.

    Raises:
        UnsupportedWorldError: it cannot; the text has a line for each reason.
    """
    world = classify(inspection)
    problems = list(world.problems)
    if handler and not world.handles and not problems:
        problems.append(
            "it exports no wasi:messaging/incoming-handler, so it cannot receive what it is "
            "subscribed to: "
            + ("run it with `wasi-messaging exec`" if world.runs else "export the interface")
        )
    if command and not world.runs and not problems:
        problems.append(
            "it exports no wasi:cli/run@0.2, so it is no command: "
            "give it a [components.NAME] entry with subscriptions and use `wasi-messaging run`"
        )
    if granted is not None:
        problems += _needs(world, *granted)
    if problems:
        raise UnsupportedWorldError("\n".join(f"{path}: {problem}" for problem in problems))
    return world


def _problems(
    imports: Interfaces, exports: Interfaces, revision: Revision | None, unmet: list[str]
) -> Iterator[str]:
    if revision is not None and revision not in SERVED:
        yield (
            f"built against {revision.describe()}; "
            f"this host serves {TARGET.describe()}: {revision.advice or _REBUILD}"
        )
        return
    runs = any(name.startswith(RUN) for name in exports)
    if revision is None and runs:
        yield (
            "it imports no messaging and exports no handler: an ordinary command, for example "
            f"for `wasmtime run`; {_STUBBED}"
        )
    elif revision is None:
        yield (
            "it imports no messaging and exports no handler, so there is nothing to run; build it "
            f"for a world of {PACKAGE}@0.2.0-draft such as messaging-core; {_STUBBED}"
        )
    elif HANDLER in exports and TYPES not in imports:
        yield f"it exports a handler but imports no messages to handle; {_STUBBED}"
    elif not any(name in exports for name in HANDLERS) and not runs:
        yield (
            "it imports messaging but exports neither wasi:messaging/incoming-handler nor "
            "wasi:cli/run@0.2, so nothing can start it; build it for the world messaging-core, or "
            "for one that includes imports and exports wasi:cli/run"
        )
    yield from map(_refused, unmet)


def _needs(world: World, name: str, config: ComponentConfig) -> Iterator[str]:
    """What it does not run without and is not granted."""
    if HTTP in not_granted(world.wants, config):
        imports = [name for name in world.imports if name.startswith(HTTP.prefixes)]
        yield (
            f"it imports {', '.join(imports)}, and no hosts are granted to it: set "
            f"{HTTP.example} in [components.{name}] for the hosts that its requests may go to, or "
            f"http = [] if it makes none; {_STARLINGMONKEY}"
        )


def _refused(name: str) -> str:
    """An unmet import in words; the engine adds to a function's name what is wrong with it."""
    if ": " in name and name.startswith(PACKAGE):
        return f"it imports {name}; {_REBUILD}"
    if " " in name:
        return f"it cannot be linked: {name}"
    hint = next((words for prefix, words in _HINTS if name.startswith(prefix)), None)
    if hint is None and "@0.3" in name:
        hint = "this host gives WASI 0.2: build it for that"
    if hint is None:
        hint = (
            "this host gives wasi:messaging, wasi:config, and of WASI 0.2 the command-line world "
            "and outgoing HTTP, no more"
        )
    return f"it imports {name}, which this host does not give; {hint}"
