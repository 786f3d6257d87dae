"""A component of unknown virtue, and what is done with it."""

from __future__ import annotations

from dataclasses import dataclass, field

from wasi_messaging import Message

from .tally import Tally


@dataclass(slots=True)
class Candidate:
    """A component to try, and how.

    Attributes:
        tally: where the result goes.
        component: the file's content.
        settings: of ``[components.NAME]``.
        direct: messages given to it by the program.
        published: messages that it receives from the broker.
        asked: it also gets the messages that components send to ``ask.…``.
        alone: it is tried by itself, since it may not even start.
        cancelled_after: seconds after which the program wants no outcome any more; ``None``: never.
        stopped_after: seconds after which the host is stopped at once, with everybody it runs;
            ``None``: when there is nothing left to do.
    """

    tally: Tally
    component: bytes
    settings: dict[str, object] = field(default_factory=dict)
    direct: list[Message] = field(default_factory=list)
    published: list[Message] = field(default_factory=list)
    asked: bool = False
    alone: bool = False
    cancelled_after: float | None = None
    stopped_after: float | None = None
