"""The canonical ABI of the interface: from its types to core values, and to component text."""

from __future__ import annotations

from dataclasses import dataclass

from .wit import Function, Interface, Type, read

VERSION = "0.2.0-draft"
MAX_FLAT_RESULTS = 1
MAX_FLAT_PARAMS = 16


@dataclass(frozen=True, slots=True)
class Lowered:
    """A function as core code calls it.

    Attributes:
        function: which.
        params: core types, a pointer for the result among them if it needs one.
        results: core types.
        points: its result comes through memory, and the last parameter says where.
        allocates: its result takes memory of the caller's own.
    """

    function: Function
    params: tuple[str, ...]
    results: tuple[str, ...]
    points: bool
    allocates: bool


def lower(function: Function) -> Lowered:
    """The function as core code calls it."""
    params = [flat for _, kind in function.params for flat in flatten(kind)]
    assert len(params) <= MAX_FLAT_PARAMS, f"{function.name}: parameters through memory"
    results = [] if function.result is None else flatten(function.result)
    points = len(results) > MAX_FLAT_RESULTS
    if points:
        params.append("i32")
        results = []
    allocates = function.result is not None and has_list(function.result)
    return Lowered(function, tuple(params), tuple(results), points, allocates)


def flatten(kind: Type) -> list[str]:
    """A value's core types."""
    match kind.name:
        case "string" | "list":
            return ["i32", "i32"]
        case "tuple":
            return [flat for part in kind.inner if part is not None for flat in flatten(part)]
        case "option" | "result":
            return ["i32", *_widest([part for part in kind.inner if part is not None])]
        case _ if kind.cases:
            return ["i32", *_widest([part for _, part in kind.cases if part is not None])]
        case "u8" | "u32" | "own" | "borrow":
            return ["i32"]
    raise ValueError(f"the type {kind.name!r} is not understood")


def _widest(parts: list[Type]) -> list[str]:
    """Everything here is an i32, so that cases of a variant share their places."""
    return max((flatten(part) for part in parts), key=len, default=[])


def has_list(kind: Type) -> bool:
    """Whether there is a string or a list in it."""
    inner = [*kind.inner, *(part for _, part in kind.cases)]
    lists = kind.name in ("string", "list")
    return lists or any(part is not None and has_list(part) for part in inner)


def text(kind: Type) -> str:
    """A type in the text of a component, where resources and the error have a name each."""
    match kind.name:
        case "own" | "borrow":
            return f"({kind.name} ${kind.part().name})"
        case "result":
            ok, error = kind.inner
            words = "" if ok is None else f" {text(ok)}"
            return f"(result{words}{'' if error is None else f' (error {text(error)})'})"
        case _ if kind.cases:
            return f"${kind.name}"
        case _ if kind.inner:
            return f"({kind.name} {' '.join(text(part) for part in kind.inner if part)})"
    return kind.name


def imports(chosen: set[str]) -> str:
    """The imports of a component that uses these functions: their names are unique."""
    interfaces = read()
    return "\n".join(
        _types(each, chosen) if not each.used else _others(each, chosen)
        for each in interfaces.values()
    )


def _signature(function: Function) -> str:
    params = " ".join(f'(param "{name}" {text(kind)})' for name, kind in function.params)
    result = "" if function.result is None else f"(result {text(function.result)})"
    return f'(export "{function.name}" (func {params} {result}))'


def _functions(interface: Interface, chosen: set[str]) -> list[str]:
    return [_signature(each) for each in interface.functions if each.name in chosen]


def _types(interface: Interface, chosen: set[str]) -> str:
    error = next(part for f in interface.functions for part in _variants(f))
    cases = " ".join(
        f'(case "{name}"{"" if carried is None else f" {text(carried)}"})'
        for name, carried in error.cases
    )
    resources = [f'(export "{name}" (type ${name} (sub resource)))' for name in interface.resources]
    lines = [
        f'(import "wasi:messaging/{interface.name}@{VERSION}" (instance ${interface.name}',
        *resources,
        f"(type $cases (variant {cases}))",
        f'(export "{error.name}" (type ${error.name} (eq $cases)))',
        *_functions(interface, chosen),
        "))",
    ]
    return "\n".join([*lines, *_aliases(interface, [*interface.resources, error.name])])


def _others(interface: Interface, chosen: set[str]) -> str:
    inside = []
    for name in interface.used:
        if name != "topic":
            inside.append(f"(alias outer 1 ${name} (type $outer-{name}))")
            inside.append(f'(export "{name}" (type ${name} (eq $outer-{name})))')
    inside += [f'(export "{name}" (type ${name} (sub resource)))' for name in interface.resources]
    lines = [
        f'(import "wasi:messaging/{interface.name}@{VERSION}" (instance ${interface.name}',
        *inside,
        *_functions(interface, chosen),
        "))",
    ]
    return "\n".join([*lines, *_aliases(interface, list(interface.resources))])


def _aliases(interface: Interface, names: list[str]) -> list[str]:
    return [f'(alias export ${interface.name} "{name}" (type ${name}))' for name in names]


def _variants(function: Function) -> list[Type]:
    found = []
    if function.result is not None:
        found = [part for part in function.result.inner if part is not None and part.cases]
    return found
