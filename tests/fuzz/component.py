"""Random components: WebAssembly text that calls the interface as it likes."""

from __future__ import annotations

import functools
import random
from collections.abc import Iterable
from dataclasses import dataclass, field

from . import abi
from .body import SLOTS, Allowed, Body
from .oddities import DEEP, INTRINSICS, MINE, POSTS, REALLOCS
from .pool import Encoding, Pool
from .wat import FOREVER, constant, identifier, span, typed
from .wit import read
from .wrapping import Plan, wrap

POOL = 256


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
        self._odd = chance.choice((0.0, 0.0, 0.0, 0.0, 0.01, 0.03, 0.2))
        self._lowered = list(_functions().values())
        if chance.random() < 0.3:  # a component of few functions does more with each
            self._lowered = chance.sample(self._lowered, chance.randint(3, len(self._lowered)))
        self._intrinsics: list[str] = []
        if chance.random() < 0.15:
            self._intrinsics = list(INTRINSICS)[: chance.choice((MINE, len(INTRINSICS)))]
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
        plan = Plan(
            core=self._core(),
            used=self._parts.used,
            intrinsics=self._intrinsics,
            encoding=self._pool.encoding,
            heap=self._heap,
            realloc=REALLOCS[self._realloc] if self._realloc else "",
            nth=self._chance.randint(1, 6),
            post=self._post is not None,
        )
        text = wrap(plan)
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

    def _function(self, name: str, steps: int, *, control: bool = True, asks: bool = False) -> None:
        intrinsics = {key: INTRINSICS[key][1:] for key in self._intrinsics}
        allowed = Allowed(self._odd, control, asks, intrinsics)
        body = Body(self._chance, self._pool, self._lowered, allowed)
        connect = ""
        names = {lowered.function.name for lowered in self._lowered}
        if asks and "[static]client.connect" in names:
            connect = self._connected()
        if connect:
            body.has("$client0")
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
        lines = [
            '(import "memory" "memory" (memory 1))',
            '(import "memory" "table" (table $table 4 funcref))',
            '(import "memory" "top" (global $top (mut i32)))',
        ]
        for name in sorted(used):
            params, results = self._signature(name)
            lines.append(
                f'(import "host" "{name}" (func {identifier(name)} '
                f"{typed('param', params)} {typed('result', results)}))"
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

    def _signature(self, name: str) -> tuple[int, int]:
        known = _functions()
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
            return (
                f"(func {name} (result i32) (i32.store8 (i32.const 0) (i32.const 0)) (i32.const 0))"
            )
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

    @property
    def _heap(self) -> int:
        """The first address that calls may give back."""
        return (self._pool.end + 256) & ~15


@functools.cache
def _functions() -> dict[str, abi.Lowered]:
    """Every function of the interface, by name."""
    return {f.name: abi.lower(f) for each in read().values() for f in each.functions}


def _odd_one(chance: random.Random, probability: float, ways: Iterable[str]) -> str | None:
    """Rarely one of these."""
    picked = chance.choice(list(ways))
    return picked if chance.random() < probability else None
