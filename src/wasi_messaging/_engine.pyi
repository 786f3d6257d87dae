"""The engine's border. Private: nothing in this module is stable.

The engine runs components and knows neither brokers nor configuration. Work crosses in batches:
:meth:`Engine.turn` takes handlings and answers in and gives events out. It is called on one thread,
the event loop's, whenever there is something to hand in and whenever :meth:`Engine.fileno` becomes
readable.
"""

from collections.abc import Sequence
from typing import Any, Final, Literal

# --- kinds of events: the first item of each event tuple --------------------------------------------
SEND: Final[int]
"""``(SEND, operation, handling, client, topic, data, content_type, metadata)``"""
CONNECT: Final[int]
"""``(CONNECT, operation, handling, client)``"""
REQUEST: Final[int]
"""``(REQUEST, operation, handling, client, topic, data, content_type, metadata, timeout_ms, expected)``
where the last two are ``None`` if the guest set none."""
REPLY: Final[int]
"""``(REPLY, operation, handling, data, content_type, metadata)``: to the message being handled."""
DONE: Final[int]
"""``(DONE, handling, outcome, text, backtrace, stderr)`` where the last two are ``None`` but for a
trap, and lists of lines for one: frames, innermost first, and standard error, newest last."""
LOG: Final[int]
"""``(LOG, component, handling, stream, line)`` with stream ``"stdout"`` or ``"stderr"``; a line that
only says how many were left out has stream ``"dropped"``, one that says what the guest wanted and is
not granted ``"denied"``."""

# --- outcomes: the third item of a DONE event --------------------------------------------------------
OK: Final[int]
TIMEOUT: Final[int]
CONNECTION: Final[int]
PERMISSION_DENIED: Final[int]
OTHER: Final[int]
TRAP: Final[int]
LIMIT: Final[int]
"""A trap after the guest was refused memory, tables or resources, or for want of fuel; the text names
the limit."""
DEADLINE: Final[int]
CANCELLED: Final[int]
ENGINE: Final[int]
"""A failure of the host: never the guest's doing."""
EXIT: Final[int]
"""A command's exit status, as text."""

WireMetadata = Sequence[tuple[str, str]] | None
"""Handed in as any sequence, given out as a list."""
WireMessage = tuple[str | None, bytes, str | None, WireMetadata]
"""topic, data, content type, metadata"""
Event = tuple[Any, ...]
Answer = None | tuple[Literal[1, 2, 3, 4], str] | list[WireMessage]
"""``None``: ok. A pair of an error outcome (TIMEOUT … OTHER) and its text. Or the replies to a
request."""

class EngineFailure(Exception):
    """The engine could not do what it was asked; the text is for people."""

class Inspection:
    """What a component is made of, by structure."""

    imports: dict[str, dict[str, str]]
    """Interface name → function name → signature in WIT, e.g. ``func(self: borrow<message>) ->
    option<string>``. Types of the interface are spelled by name."""
    exports: dict[str, dict[str, str]]
    unmet: list[str]
    """Imported interfaces, or functions of them, that this host does not give. HTTP is given: whether to
    this component, :meth:`Engine.load` is told."""

class Engine:
    """Runs components. One a process is enough."""

    def __init__(self, *, worker_threads: int = 2) -> None: ...
    def fileno(self) -> int:
        """Becomes readable when a guest on a worker thread has events, or a deadline passed."""

    def load(
        self,
        artifact: str,
        name: str,
        *,
        instances: int,
        memory: int,
        max_handles: int,
        max_table_elements: int,
        fuel: int | None,
        deadline: float,
        fresh: bool,
        max_messages_per_instance: int | None,
        env: list[tuple[str, str]],
        config: list[tuple[str, str]] = ...,
        files: list[tuple[str, str, bool]] = ...,
        http: list[tuple[str, int | None]] | None = None,
        sockets: list[tuple[str, int]] = ...,
        log_lines_per_second: int,
    ) -> int:
        """Load a compiled component and return its id. Releases the GIL.

        ``memory`` in bytes for each instance, and as much again for the messages it keeps in the
        host; ``max_handles`` and ``max_table_elements`` for each instance too. ``deadline`` in seconds
        and ``fuel`` in units for each handling; fuel needs an artifact that was compiled for it. An
        instance is made at once and kept (unless ``fresh``), so that one that cannot start fails here.

        What the guest may have, by default nothing: ``config`` is what ``wasi:config`` tells; ``files``
        are ``(path, name for the guest, whether it may write)``; ``http`` hosts and ports, where no port
        is the usual one of the scheme, ``*.`` before a name all below it, and ``None`` for a component
        that imports ``wasi:http`` an error; ``sockets`` hosts and ports.
        """

    def unload(self, component: int) -> None:
        """Forget a component; its running handlings are cancelled, each with a DONE event."""

    def turn(
        self,
        handlings: list[tuple[int, int, str | None, bytes, str | None, WireMetadata]],
        answers: list[tuple[int, Answer]],
    ) -> list[Event]:
        """Hand in work, run guests for at most a slice, take out events.

        A handling is ``(component, handling, topic, data, content type, metadata)``; its id is the
        caller's, unique among those running. An answer is ``(operation, answer)``, exactly one for
        each operation event. Never raises for what a guest did. A handling whose values cannot be used
        is DONE with ENGINE, an answer that cannot be used answers with OTHER; only an item without an id
        raises, and then nothing was taken in.
        """

    @property
    def pending(self) -> bool:
        """Whether there is work left that :meth:`turn` stopped before, to keep the loop responsive:
        call it again soon, with nothing if there is nothing."""

    def run_command(self, component: int, handling: int, arguments: list[str]) -> None:
        """Start ``wasi:cli/run`` of a component on a worker thread, with the standard streams of this
        process. Its events and its DONE come from :meth:`turn`."""

    def cancel(self, handling: int) -> None:
        """Stop a handling; its DONE event has the outcome CANCELLED."""

    def statistics(self, component: int) -> dict[str, int]:
        """``instances`` alive, ``idle``, ``created`` in all, ``waiting`` messages without an
        instance, ``running``."""

    def close(self) -> None:
        """Drop all guests and stop the worker threads. The next :meth:`turn` gives the DONE of every
        handling that was left."""

def artifact_path(component: str, cache: str, *, fuel: bool = False) -> str:
    """Where the compiled form of a component file belongs: below ``cache``, by a hash of its bytes,
    the engine's version and its settings, ``fuel`` among them. Makes the folder, private to the user.

    Raises:
        OSError: the component cannot be read or the folder cannot be made.
        EngineFailure: the folder belongs to somebody else or others may write to it.
    """

def compile(component: str, artifact: str, *, fuel: bool = False) -> None:
    """Compile a component file to an artifact, atomically. Releases the GIL.

    With ``fuel`` the code counts what it does, which makes it slower.

    Raises:
        EngineFailure: the file is not a component; says what it is instead.
        OSError: the component cannot be read or the artifact cannot be written.
    """

def inspect(artifact: str) -> Inspection:
    """What the component is made of."""

def parse_text(text: str) -> bytes:
    """A component, or module, in the WebAssembly text format as binary. For tests and examples."""

version: str
"""Of wasmtime."""
