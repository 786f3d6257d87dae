"""Random components: WebAssembly text that calls the interface as it likes."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from . import abi
from .body import FOREVER, SLOTS, Allowed, Body, constant, identifier, span
from .pool import Encoding, Pool
from .wit import read

POOL = 256
INTRINSICS: dict[str, tuple[str, int, int]] = {
    "resource.new": ("canon resource.new $thing", 1, 1),
    "resource.rep": ("canon resource.rep $thing", 1, 1),
    "resource.drop": ("canon resource.drop $thing", 1, 0),
    "waitable-set.new": ("canon waitable-set.new", 0, 1),
    "waitable-set.wait": ("canon waitable-set.wait (memory $mem)", 2, 1),
    "waitable-set.poll": ("canon waitable-set.poll (memory $mem)", 2, 1),
    "waitable-set.drop": ("canon waitable-set.drop", 1, 0),
    "waitable.join": ("canon waitable.join", 2, 0),
    "subtask.drop": ("canon subtask.drop", 1, 0),
    "subtask.cancel": ("canon subtask.cancel", 1, 1),
    "context.get": ("canon context.get i32 0", 0, 1),
    "context.set": ("canon context.set i32 0", 1, 0),
    "backpressure.inc": ("canon backpressure.inc", 0, 0),
    "backpressure.dec": ("canon backpressure.dec", 0, 0),
    "thread.yield": ("canon thread.yield", 0, 1),
    "task.cancel": ("canon task.cancel", 0, 0),
    "task.return": ("canon task.return", 0, 0),
}
"""Functions of the component model itself: how they are made, their parameters and results."""
MINE = 3
"""Of those, the first that need no tasks."""


@dataclass(slots=True)
class Program:
    """A random component.

    Attributes:
        text: WebAssembly text.
        risky: it may fail to start.
        wild: it may take its whole deadline whatever it is asked.
    """

    text: str
    risky: bool
    wild: bool


def write(chance: random.Random) -> Program:
    """A component. The same numbers give the same text."""
    return _Writer(chance).program()


@dataclass(slots=True)
class _Parts:
    """Functions and declarations of the core module."""

    functions: list[str] = field(default_factory=list)
    used: set[str] = field(default_factory=set)


class _Writer:
    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        encodings: tuple[Encoding, ...] = ("utf8", "utf8", "utf16", "latin1+utf16")
        self._pool = Pool(chance, chance.choice(encodings), POOL)
        self._odd = chance.choice((0.0, 0.0, 0.0, 0.02, 0.02, 0.2))
        self._lowered = [abi.lower(f) for each in read().values() for f in each.functions]
        if chance.random() < 0.3:  # a component of few functions does more with each
            self._lowered = chance.sample(self._lowered, chance.randint(3, len(self._lowered)))
        self._intrinsics: list[str] = []
        if chance.random() < 0.15:
            self._intrinsics = list(INTRINSICS)[: chance.choice((MINE, MINE, len(INTRINSICS)))]
        self._realloc = _odd_one(chance, 0.08, REALLOCS)
        self._post = _odd_one(chance, 0.1, POSTS)
        self._start = _odd_one(chance, 0.04, ["steps", "trap", "forever", "aside"])
        self._parts = _Parts(used={"[method]message.topic"})

    def program(self) -> Program:
        self._function("$main", self._chance.choice((1, 4, 8, 8, 16, 30)), asks=True)
        self._function("$answer", self._chance.choice((1, 3, 6)), control=False)
        self._function("$aside", 2, control=False)
        if self._start == "steps":
            self._function("$begin", 4)
        if "reply" in self._parts.used:
            self._answer_for_sure()
        core = self._core()
        text = self._component(core)
        wild = self._realloc is not None or self._post is not None
        return Program(text, self._start is not None, wild)

    def _answer_for_sure(self) -> None:
        """Who is asked mostly answers, so that who asks gets on."""
        self._parts.used |= {"[constructor]message", "reply"}
        pointer, length = span(self._pool.some_bytes())
        self._parts.functions.append(
            f"(func $respond (call $reply (global.get $message0) "
            f"(call $new-message {pointer} {length}) (i32.const 64)))"
        )

    def _function(
        self, name: str, steps: int, *, control: bool = True, asks: bool = False
    ) -> None:
        intrinsics = {key: INTRINSICS[key][1:] for key in self._intrinsics}
        allowed = Allowed(self._odd, control, asks, intrinsics)
        body = Body(self._chance, self._pool, self._lowered, allowed)
        connect = ""
        if asks and any(l.function.name == "[static]client.connect" for l in self._lowered):
            connect = self._connected()
        code = body.write(steps)
        self._parts.used |= body.used
        self._parts.functions.append(
            f"(func {name} (local $i0 i32) (local $i1 i32) (local $i2 i32)\n{connect}{code})"
        )

    def _connected(self) -> str:
        """Most have a client to begin with: without one there is little to do."""
        if self._chance.random() < 0.2:
            return ""
        self._parts.used.add("[static]client.connect")
        name = " ".join(span(self._pool.text("default")))
        return (
            f"(if (i32.eqz (global.get $client0)) (then (call $client.connect {name} "
            "(i32.const 64)) (if (i32.eqz (i32.load8_u (i32.const 64))) "
            "(then (global.set $client0 (i32.load (i32.const 68)))))))\n"
        )

    # -- the core module --------------------------------------------------------------------------

    def _core(self) -> str:
        used = self._parts.used
        signatures = {l.function.name: l for l in (abi.lower(f) for each in read().values()
                                                   for f in each.functions)}
        lines = [
            '(import "memory" "memory" (memory 1))',
            '(import "memory" "table" (table $table 4 funcref))',
            '(import "memory" "top" (global $top (mut i32)))',
        ]
        for name in sorted(used):
            params, results = self._signature(name, signatures)
            lines.append(
                f'(import "host" "{name}" (func {identifier(name)} '
                f"{_typed('param', params)} {_typed('result', results)}))"
            )
        for resource, count in SLOTS.items():
            lines += [f"(global ${resource}{n} (mut i32) (i32.const 0))" for n in range(count)]
        outcomes = self._outcome("$outcome"), self._outcome("$answered", mostly="ok")
        lines += [*self._parts.functions, *outcomes, self._handle(), DEEP]
        lines.append("(elem (i32.const 0) func $aside)")
        if self._post is not None:
            lines.append(f'(func (export "post") (param i32) {POSTS[self._post]})')
        lines += self._beginning()
        lines.append(f"(global $heap i32 (i32.const {self._heap}))")
        lines.append(f'(data (i32.const {POOL}) "{self._pool.data}")')
        return "\n".join(lines)

    def _signature(self, name: str, known: dict[str, abi.Lowered]) -> tuple[int, int]:
        if name in known:
            return len(known[name].params), len(known[name].results)
        return (1, 0) if name.startswith("drop-") else INTRINSICS[name][1:]

    def _handle(self) -> str:
        """A message of ``ask.…`` is answered; any other one is what the component is there for."""
        reset = "(global.set $top (global.get $heap))" if self._chance.random() < 0.9 else ""
        respond = "(call $respond)" if "reply" in self._parts.used else ""
        return f"""(func (export "handle") (param $in i32) (result i32)
  {reset}
  (global.set $message0 (local.get $in))
  (call $message.topic (local.get $in) (i32.const 64))
  (if (i32.load8_u (i32.const 64)) (then
    (if (i32.ne (i32.load (i32.const 72)) (i32.const 0)) (then
      (if (i32.eq (i32.load8_u (i32.load (i32.const 68))) (i32.const 97)) (then
        {respond} (call $answer) (return (call $answered))))))))
  (call $main)
  (call $outcome))"""

    def _outcome(self, name: str, mostly: str | None = None) -> str:
        """``ok``, an error, or something that is neither."""
        roll = self._chance.random()
        if roll < 0.6 or mostly == "ok":
            return f"(func {name} (result i32) (i32.store8 (i32.const 0) (i32.const 0)) (i32.const 0))"
        if roll < 0.9:
            case = self._chance.randrange(4)
            pointer, length = span(self._pool.any_text())
            failed = 1
        else:
            case = self._chance.choice((0, 1, 3, 4, 255))
            failed = self._chance.choice((1, 1, 2, 255))
            pointer, length = self._chance.choice(
                (span(self._pool.broken_text()), [constant(-1), constant(8)],
                 [constant(0), constant(-1)], [constant(257), constant(1 << 30)])
            )  # fmt: skip
        at = 0 if roll < 0.97 else self._chance.choice((1, -1, 65_530))
        return (
            f"(func {name} (result i32) (i32.store8 (i32.const 0) (i32.const {failed})) "
            f"(i32.store8 (i32.const 4) (i32.const {case})) (i32.store (i32.const 8) {pointer}) "
            f"(i32.store (i32.const 12) {length}) (i32.const {at}))"
        )

    def _beginning(self) -> list[str]:
        if self._start is None:
            return []
        code = {"trap": "unreachable", "forever": FOREVER, "aside": "(call $aside)"}
        if self._start in code:
            return [f"(func $begin {code[self._start]})", "(start $begin)"]
        return ["(start $begin)"]

    # -- the component ----------------------------------------------------------------------------

    def _component(self, core: str) -> str:
        used = self._parts.used
        heap = self._heap
        options = f"(memory $mem) (realloc (core func $realloc)) string-encoding={self._encoding}"
        lowered, given = [], []
        for interface in read().values():
            for function in interface.functions:
                if function.name in used:
                    lowered.append(
                        f"(core func {identifier(function.name)} (canon lower "
                        f'(func ${interface.name} "{function.name}") {options}))'
                    )
        for resource in SLOTS:
            lowered.append(f"(core func $drop-{resource} (canon resource.drop ${resource}))")
        for name in self._intrinsics:
            lowered.append(f"(core func {identifier(name)} ({INTRINSICS[name][0]}))")
        given = [f'(export "{name}" (func {identifier(name)}))' for name in sorted(used)]
        thing = "(type $thing (resource (rep i32)))" if self._intrinsics else ""
        post = '(post-return (core func $main "post"))' if self._post is not None else ""
        pages = max(1, (heap >> 16) + 1)
        realloc = REALLOC.format(odd=REALLOCS[self._realloc] if self._realloc else "",
                                 nth=self._chance.randint(1, 6))  # fmt: skip
        return f"""(component
{abi.imports(used | {"[method]message.topic"})}
{thing}
(core module $Memory
  (memory (export "memory") {pages})
  (table (export "table") 4 funcref)
  (type $plain (func))
  (global $top (export "top") (mut i32) (i32.const {heap}))
  (global $calls (mut i32) (i32.const 0))
{realloc})
(core instance $memory (instantiate $Memory))
(alias core export $memory "memory" (core memory $mem))
(alias core export $memory "realloc" (core func $realloc))
{chr(10).join(lowered)}
(core module $Main
{core})
(core instance $main (instantiate $Main
  (with "memory" (instance $memory))
  (with "host" (instance
{chr(10).join(given)}))))
(func $handle (param "message" (own $message)) (result (result (error $error)))
  (canon lift (core func $main "handle") {options} {post}))
(instance $handler (export "handle" (func $handle)))
(export "wasi:messaging/incoming-handler@{abi.VERSION}" (instance $handler)))"""

    @property
    def _heap(self) -> int:
        """The first address that calls may give back."""
        return (self._pool.end + 256) & ~15

    @property
    def _encoding(self) -> str:
        return self._pool.encoding


def _odd_one(chance: random.Random, probability: float, ways: object) -> str | None:
    """Rarely one of these."""
    picked = chance.choice(list(ways))  # type: ignore[call-overload]
    return str(picked) if chance.random() < probability else None


def _typed(what: str, count: int) -> str:
    return f"({what}{' i32' * count})" if count else ""


POSTS = {
    "nothing": "",
    "trap": "unreachable",
    "forever": FOREVER,
    "calls": "(call $aside)",
    "grows": "(drop (memory.grow (i32.const 1)))",
}
REALLOCS = {
    "zero": "(return (i32.const 0))",
    "outside": "(return (i32.const -64))",
    "last": "(return (i32.sub (i32.shl (memory.size) (i32.const 16)) (i32.const 1)))",
    "misaligned": "(return (i32.add (global.get $top) (i32.const 1)))",
    "trap": "unreachable",
    "forever": FOREVER,
    "calls": "(call_indirect (type $plain) (i32.const 0))",
    "grows": "(drop (memory.grow (i32.const 3)))",
}
REALLOC = """  (func (export "realloc") (param $old i32) (param $had i32) (param $align i32) (param $size i32)
    (result i32)
    (local $at i32) (local $lack i32)
    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
    (if (i32.eq (global.get $calls) (i32.const {nth})) (then {odd}))
    (local.set $at (i32.and (i32.add (global.get $top) (i32.sub (local.get $align) (i32.const 1)))
                            (i32.sub (i32.const 0) (local.get $align))))
    (global.set $top (i32.add (local.get $at) (local.get $size)))
    (local.set $lack (i32.sub (global.get $top) (i32.shl (memory.size) (i32.const 16))))
    (if (i32.gt_s (local.get $lack) (i32.const 0))
      (then (if (i32.lt_s (memory.grow (i32.add (i32.shr_u (local.get $lack) (i32.const 16))
                                                (i32.const 1))) (i32.const 0))
        (then unreachable))))
    (if (local.get $had)
      (then (memory.copy (local.get $at) (local.get $old)
        (select (local.get $had) (local.get $size)
          (i32.lt_u (local.get $had) (local.get $size))))))
    (local.get $at))"""
DEEP = """(func $deep (param $depth i32)
  (if (local.get $depth) (then (call $deep (i32.sub (local.get $depth) (i32.const 1)))))
  (drop (i32.add (local.get $depth) (i32.const 1))))"""
