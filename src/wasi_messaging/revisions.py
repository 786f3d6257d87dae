"""The shapes that messaging interfaces had over the years, and how to tell them apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

__all__ = ["REVISIONS", "SERVED", "TARGET", "Revision", "find_revision"]

Interfaces = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """One shape of a messaging interface.

    Attributes:
        package: the package name it carries.
        commit: where it was published, in the repository WebAssembly/wasi-messaging; ``""``: not
            there.
        date: of that commit, ISO 8601; ``""``: unknown.
        shape: what distinguishes it, in words.
        advice: what to do with a component of it, where rebuilding is not all.
    """

    package: str
    commit: str = ""
    date: str = ""
    shape: str
    advice: str = ""

    @property
    def source(self) -> str:
        """Where its declarations are."""
        return f"github.com/WebAssembly/wasi-messaging at {self.commit}"

    def describe(self) -> str:
        """One line: package, date, commit and shape."""
        when = f" of {self.date} ({self.commit})" if self.commit else ""
        return f"{self.package}{when}, {self.shape}"


_REWRITE: Final = (
    "its source needs changes, not only a rebuild: messages are resources now, and "
    "`incoming-handler` exports `handle`; see wit/ of this project"
)
_OTHER_PROJECT: Final = (
    "that is another project's interface; port the component to wasi:messaging@0.2.0-draft, "
    "see wit/ of this project, or build it for wasmcloud:messaging@0.2.0, which this host gives too"
)

UNVERSIONED: Final = Revision(
    package="wasi:messaging (no version)",
    commit="f8b0bea",
    date="2023-06-22",
    shape="where clients and errors are numbers",
    advice=_REWRITE,
)
V0_1: Final = Revision(
    package="wasi:messaging@0.1.0",
    commit="338f15d",
    date="2024-01-18",
    shape="where a message is a record and guests export messaging-guest",
    advice=_REWRITE,
)
RECORDS: Final = Revision(
    package="wasi:messaging@0.2.0-draft",
    commit="c2a7421",
    date="2024-02-20",
    shape="where a message is a record and guests export messaging-guest",
    advice=_REWRITE,
)
GET_TOPICS: Final = Revision(
    package="wasi:messaging@0.2.0-draft",
    commit="8f63bd5",
    date="2024-10-30",
    shape="where a handler exports get-topics and a message always has a topic",
)
ALWAYS_TOPIC: Final = Revision(
    package="wasi:messaging@0.2.0-draft",
    commit="55c13e8",
    date="2024-11-07",
    shape="where a message always has a topic and a request names none",
)
TARGET: Final = Revision(
    package="wasi:messaging@0.2.0-draft",
    commit="4ee59bb",
    date="2024-12-04",
    shape="where a message may have a topic and a request names one",
)
FALLIBLE: Final = Revision(
    package="wasi:messaging@0.2.0-draft",
    commit="2df50fc",
    date="2024-12-05",
    shape="a proposed change, never merged, where the setters of a message may fail",
)
ASYNC: Final = Revision(
    package="wasi:messaging@0.2.0-draft",
    shape="a fork that was never published, where the functions are async",
)
WASMCLOUD_0_2: Final = Revision(
    package="wasmcloud:messaging@0.2.0",
    shape="where a message is a record with subject, body and reply-to",
)
WASMCLOUD_0_3: Final = Revision(
    package="wasmcloud:messaging@0.3.0",
    shape="the shape of wasi:messaging under another name",
    advice="rebuild it for wasi:messaging@0.2.0-draft, see wit/ of this project",
)
WASMCLOUD_0_3_ASYNC: Final = Revision(
    package="wasmcloud:messaging@0.3.0",
    shape="where the functions are async and bodies are streams",
    advice=_OTHER_PROJECT,
)
REVISIONS: Final = (
    UNVERSIONED,
    V0_1,
    RECORDS,
    GET_TOPICS,
    ALWAYS_TOPIC,
    TARGET,
    FALLIBLE,
    ASYNC,
    WASMCLOUD_0_2,
    WASMCLOUD_0_3,
    WASMCLOUD_0_3_ASYNC,
)
"""All that are told apart: the interface's own, oldest first, then others of the name."""

SERVED: Final = (TARGET, WASMCLOUD_0_2)
"""Those whose components run here."""

_OLD_INTERFACES: Final = {"messaging-types", "consumer", "messaging-guest"}
_WASI: Final = "wasi:messaging/"
_WASMCLOUD: Final = "wasmcloud:messaging/"
_UNKNOWN: Final = "a version this host does not know"
_SETTERS: Final = ("set-content-type", "set-data", "add-metadata", "set-metadata")


def find_revision(imports: Interfaces, exports: Interfaces) -> Revision | None:
    """The revision a component was built against; ``None`` if it has nothing of messaging.

    Of a component that has both packages: the revision that is not served, if one is not; else
    that of ``wasi:messaging``.
    """
    names = [*imports, *exports]
    wasi = [name for name in names if name.startswith(_WASI)]
    wasmcloud = [name for name in names if name.startswith(_WASMCLOUD)]
    found = [
        _of_wasi(wasi, list(_functions(_WASI, imports, exports))) if wasi else None,
        _of_wasmcloud(wasmcloud, list(_functions(_WASMCLOUD, imports, exports)))
        if wasmcloud
        else None,
    ]
    there = [revision for revision in found if revision is not None]
    refused = [revision for revision in there if revision not in SERVED]
    return next(iter([*refused, *there]), None)


def _of_wasmcloud(names: list[str], functions: list[tuple[str, str]]) -> Revision:
    versions = {_version(name) for name in names}
    if versions == {"0.2.0"}:
        return WASMCLOUD_0_2
    if versions != {"0.3.0"}:
        package = f"wasmcloud:messaging@{' and '.join(sorted(versions))}"
        return Revision(package=package, shape=_UNKNOWN, advice=_OTHER_PROJECT)
    new = any(_is_async(name, text) or "stream<" in text for name, text in functions)
    return WASMCLOUD_0_3_ASYNC if new else WASMCLOUD_0_3


def _of_wasi(names: list[str], functions: list[tuple[str, str]]) -> Revision:
    versions = {_version(name) for name in names}
    if versions == {""}:
        return UNVERSIONED
    if versions == {"0.1.0"}:
        return V0_1
    if versions != {"0.2.0-draft"}:
        package = f"wasi:messaging@{' and '.join(sorted(versions))}"
        return Revision(package=package, shape=_UNKNOWN)
    if any(name.partition("/")[2].partition("@")[0] in _OLD_INTERFACES for name in names):
        return RECORDS
    return _of_draft(functions)


def _of_draft(functions: list[tuple[str, str]]) -> Revision:
    """Which of the shapes with message resources."""
    if any(_is_async(name, text) for name, text in functions):
        return ASYNC
    if any(name == "get-topics" for name, _ in functions):
        return GET_TOPICS
    found = dict(functions)
    topic = found.get("[method]message.topic")
    request = found.get("request")
    if topic is not None and "option<" not in _result(topic):
        return ALWAYS_TOPIC
    if request is not None and "topic" not in request:
        return ALWAYS_TOPIC
    setters = (found.get(f"[method]message.{name}", "") for name in _SETTERS)
    return FALLIBLE if any(_result(text) for text in setters) else TARGET


def _functions(package: str, imports: Interfaces, exports: Interfaces) -> Iterator[tuple[str, str]]:
    """The functions of a package's interfaces: name, signature."""
    for interfaces in (imports, exports):
        for interface, functions in interfaces.items():
            if interface.startswith(package):
                yield from functions.items()


def _version(interface: str) -> str:
    return interface.partition("@")[2]


def _is_async(name: str, text: str) -> bool:
    return text.startswith("async") or name.startswith("[async")


def _result(text: str) -> str:
    """What a signature returns; ``""`` for nothing."""
    return text.rpartition("->")[2].strip() if "->" in text else ""
