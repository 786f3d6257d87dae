"""The project's WIT, read: its functions with the types of what they take and give.

It reads what the folder ``wit/`` has in it, not the whole language, and says so where it cannot.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent.parent / "wit"
INTERFACES = ("types", "producer", "request-reply")
"""What a component may import, those first that others use."""

_TOKEN = re.compile(r"->|[a-z][a-z0-9-]*|[{}()<>:;,_=.]")


@dataclass(frozen=True, slots=True)
class Type:
    """A type: its name and, in angle brackets, others; a missing one is ``None``.

    A resource is ``own`` or ``borrow`` of its name.
    """

    name: str
    inner: tuple[Type | None, ...] = ()
    cases: tuple[tuple[str, Type | None], ...] = ()
    """Of a variant: names with what they carry."""

    def part(self, index: int = 0) -> Type:
        """One that must be there."""
        part = self.inner[index]
        assert part is not None
        return part


@dataclass(frozen=True, slots=True)
class Function:
    """A function of an interface.

    Attributes:
        interface: where it is declared.
        name: as a component imports it: ``[method]message.topic``.
        params: names and types, ``self`` among them.
        result: what it gives back, if anything.
    """

    interface: str
    name: str
    params: tuple[tuple[str, Type], ...]
    result: Type | None


@dataclass(frozen=True, slots=True)
class Interface:
    """What one file declares, in order.

    Attributes:
        name: without the package.
        resources: those declared here.
        functions: those declared here.
        used: names of ``types`` that it uses.
    """

    name: str
    resources: tuple[str, ...]
    functions: tuple[Function, ...]
    used: tuple[str, ...]


@functools.cache
def read(folder: Path = FOLDER) -> dict[str, Interface]:
    """The importable interfaces.

    Raises:
        ValueError: there is something in a file that this does not understand.
    """
    known = {name: Type(name) for name in ("string", "u8", "u32")}
    found = {}
    for name in INTERFACES:
        text = re.sub(r"//[^\n]*", "", (folder / f"{name}.wit").read_text(encoding="utf-8"))
        _Reader(name, text, known, forward=True).interface()  # for names used before their line
        found[name] = _Reader(name, text, known).interface()
    return found


class _Reader:
    def __init__(
        self, name: str, text: str, known: dict[str, Type], *, forward: bool = False
    ) -> None:
        rest = _TOKEN.sub("", text).split()
        if rest:
            raise ValueError(f"{name}.wit: {rest[0]!r} is not understood")
        self._name = name
        self._tokens: list[str] = _TOKEN.findall(text)
        self._known = known
        self._forward = forward
        self._resources: list[str] = []
        self._functions: list[Function] = []
        self._used: list[str] = []

    def interface(self) -> Interface:
        self._expect("interface", self._name, "{")
        while not self._skip("}"):
            self._item(self._next())
        parts = (tuple(self._resources), tuple(self._functions), tuple(self._used))
        return Interface(self._name, *parts)

    def _item(self, word: str) -> None:
        if word == "use":
            self._expect("types", ".", "{")
            self._used.extend(self._names())
            self._expect(";")
        elif word == "type":
            name = self._next()
            self._expect("=")
            self._known[name] = self._type()
            self._expect(";")
        elif word == "variant":
            name = self._next()
            self._known[name] = Type(name, cases=tuple(self._cases()))
        elif word == "resource":
            self._resource(self._next())
        else:
            self._expect(":", "func")
            self._function(word, ())

    def _names(self) -> Iterator[str]:
        while not self._skip("}"):
            yield self._next()
            self._skip(",")

    def _cases(self) -> Iterator[tuple[str, Type | None]]:
        self._expect("{")
        while not self._skip("}"):
            name, carried = self._next(), None
            if self._skip("("):
                carried = self._type()
                self._expect(")")
            self._skip(",")
            yield name, carried

    def _resource(self, name: str) -> None:
        self._resources.append(name)
        self._known[name] = Type("own", (Type(name),))
        itself = ("self", Type("borrow", (Type(name),)))
        self._expect("{")
        while not self._skip("}"):
            word = self._next()
            if word == "constructor":
                self._function(f"[constructor]{name}", (), self._known[name])
                continue
            self._expect(":")
            static = self._skip("static")
            self._expect("func")
            kind = "static" if static else "method"
            self._function(f"[{kind}]{name}.{word}", () if static else (itself,))

    def _function(
        self, name: str, first: tuple[tuple[str, Type], ...], result: Type | None = None
    ) -> None:
        params = list(first)
        self._expect("(")
        while not self._skip(")"):
            param = self._next()
            self._expect(":")
            params.append((param, self._type()))
            self._skip(",")
        if self._skip("->"):
            result = self._type()
        self._expect(";")
        self._functions.append(Function(self._name, name, tuple(params), result))

    def _type(self) -> Type:
        name = self._next()
        if not self._skip("<"):
            if name not in self._known and not self._forward:
                raise ValueError(f"{self._name}.wit: the type {name!r} is not understood")
            return self._known.get(name, Type(name))
        if name == "borrow":
            inner: list[Type | None] = [Type(self._next())]
            self._expect(">")
            return Type(name, tuple(inner))
        inner = []
        while not self._skip(">"):
            inner.append(None if self._skip("_") else self._type())
            self._skip(",")
        return Type(name, tuple(inner))

    def _next(self) -> str:
        if not self._tokens:
            raise ValueError(f"{self._name}.wit: ends too early")
        return self._tokens.pop(0)

    def _skip(self, token: str) -> bool:
        if self._tokens[:1] != [token]:
            return False
        self._tokens.pop(0)
        return True

    def _expect(self, *tokens: str) -> None:
        for token in tokens:
            if not self._skip(token):
                got = " ".join(self._tokens[:3])
                raise ValueError(f"{self._name}.wit: expected {token!r} before {got!r}")
