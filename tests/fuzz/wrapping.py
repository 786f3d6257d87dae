"""A component around a core module: imports, memory, lowered functions, the export."""

from __future__ import annotations

from dataclasses import dataclass

from . import abi
from .body import SLOTS
from .oddities import INTRINSICS, REALLOC
from .pool import Encoding
from .wat import identifier
from .wit import read


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is wrapped, and how.

    Attributes:
        core: the core module's fields; it exports ``handle``, and ``post`` if there is one.
        used: names of the functions that it imports.
        intrinsics: of the component model, that it may import.
        encoding: of its strings.
        heap: address from which memory is given.
        realloc: code that runs where memory is asked for …
        nth: … the so-many-th time.
        post: something is to be called when the result was taken.
    """

    core: str
    used: set[str]
    intrinsics: list[str]
    encoding: Encoding
    heap: int
    realloc: str
    nth: int
    post: bool


def wrap(plan: Plan) -> str:
    """The component's text."""
    options = f"(memory $mem) (realloc (core func $realloc)) string-encoding={plan.encoding}"
    exports = [f'(export "{name}" (func {identifier(name)}))' for name in sorted(plan.used)]
    given = "\n".join(exports)
    thing = "(type $thing (resource (rep i32)))" if plan.intrinsics else ""
    post = '(post-return (core func $main "post"))' if plan.post else ""
    realloc = REALLOC.format(odd=plan.realloc, nth=plan.nth)
    return f"""(component
{abi.imports(plan.used)}
{thing}
(core module $Memory
  (memory (export "memory") {(plan.heap >> 16) + 1})
  (table (export "table") 4 funcref)
  (type $plain (func))
  (global $top (export "top") (mut i32) (i32.const {plan.heap}))
  (global $calls (mut i32) (i32.const 0))
{realloc})
(core instance $memory (instantiate $Memory))
(alias core export $memory "memory" (core memory $mem))
(alias core export $memory "realloc" (core func $realloc))
{_lowered(plan, options)}
(core module $Main
{plan.core})
(core instance $main (instantiate $Main
  (with "memory" (instance $memory))
  (with "host" (instance
{given}))))
(func $handle (param "message" (own $message)) (result (result (error $error)))
  (canon lift (core func $main "handle") {options} {post}))
(instance $handler (export "handle" (func $handle)))
(export "wasi:messaging/incoming-handler@{abi.VERSION}" (instance $handler)))"""


def _lowered(plan: Plan, options: str) -> str:
    """Core functions for everything that may be called."""
    lines = [
        f"(core func {identifier(function.name)} (canon lower "
        f'(func ${interface.name} "{function.name}") {options}))'
        for interface in read().values()
        for function in interface.functions
        if function.name in plan.used
    ]
    lines += [
        f"(core func $drop-{resource} (canon resource.drop ${resource}))" for resource in SLOTS
    ]
    lines += [f"(core func {identifier(name)} ({INTRINSICS[name][0]}))" for name in plan.intrinsics]
    return "\n".join(lines)
