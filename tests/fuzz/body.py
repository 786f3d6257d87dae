"""The body of a random function: calls of the interface, and whatever else code can do."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from . import control
from .abi import Lowered
from .pool import Pool, Span
from .wat import constant, identifier, span
from .wit import Type

RESULT = 64
"""Address of what a call gives back."""
SLOTS = {"message": 4, "client": 2, "request-options": 2}
"""Resources, and how many handles to each a component remembers."""
WEIGHTS = {
    "send": 5,
    "request": 4,
    "reply": 2,
    "[constructor]message": 4,
    "[static]client.connect": 2,
}
"""Of functions that are called more often than others."""
ODD_NUMBERS = (0, 1, 2, 3, 4, 5, 100, 0x7FFF_FFFF, -1, -2, -0x8000_0000, 65_535, 65_536, 1 << 20)


@dataclass(slots=True)
class Allowed:
    """What a body may do.

    Attributes:
        odd: chance of each argument to be nonsense.
        control: loops, growth, recursion, endless loops and traps.
        asks: requests, and sends to who is asked.
        intrinsics: further functions: name → how many parameters, and results.
    """

    odd: float = 0.0
    control: bool = True
    asks: bool = True
    intrinsics: dict[str, tuple[int, int]] = field(default_factory=dict)


class Body:
    """Writes one function of a component.

    A call is made if the handles that it needs are there, which the code itself finds out; with
    nonsense among its arguments it is made all the same.

    Args:
        chance: decides everything.
        pool: where its texts are.
        functions: those of the interface.
        allowed: what it may do.

    Attributes:
        used: names of the functions that are called.
    """

    def __init__(
        self, chance: random.Random, pool: Pool, functions: list[Lowered], allowed: Allowed
    ) -> None:
        self.used: set[str] = set()
        self._chance = chance
        self._pool = pool
        self._functions = functions
        self._allowed = allowed
        self._depth = 0
        self._carried: str | None = None
        self._live = {"$message0"}

    def has(self, slot: str) -> None:
        """It begins with a handle there."""
        self._live.add(slot)

    def write(self, steps: int) -> str:
        """So many steps, a line each."""
        return "\n".join(self._step() for _ in range(steps))

    def _step(self) -> str:
        roll = self._chance.random()
        if roll < 0.06:
            return self._drop()
        if roll < 0.14 and self._allowed.intrinsics:
            return self._intrinsic()
        if roll < 0.22 and self._allowed.control and self._depth < 2:
            return self._control()
        weights = [WEIGHTS.get(each.function.name, 1) for each in self._functions]
        (lowered,) = self._chance.choices(self._functions, weights)
        return self._call(lowered)

    # -- calls ------------------------------------------------------------------------------------

    def _call(self, lowered: Lowered) -> str:
        function = lowered.function
        if function.name == "request" and not self._allowed.asks:
            return self._drop()
        self.used.add(function.name)
        odd = self._chance.random() < self._allowed.odd
        arguments: list[str] = []
        needed: list[str] = []
        given: list[str] = []
        taken: set[str] = set()
        for name, kind in function.params:
            if kind.name == "option":
                if self._chance.random() < 0.5:
                    arguments += ["(i32.const 0)", "(i32.const 0)"]
                    continue
                arguments.append("(i32.const 1)")
                kind = kind.part()
            if kind.name in ("own", "borrow"):
                slot = self._slot(kind.part().name, taken, live=True)
                taken.add(slot)
                needed.append(slot)
                given += [slot] if kind.name == "own" else []
                arguments.append(f"(global.get {slot})")
            else:
                arguments += self._value(name, kind)
        if lowered.points:
            arguments.append(f"(i32.const {RESULT})")
        if odd and arguments:
            self._spoil(arguments)
        code = self._made(lowered, f"(call {identifier(function.name)} {' '.join(arguments)})")
        code += "".join(f" (global.set {slot} (i32.const 0))" for slot in given)
        self._live.difference_update(given)
        if odd or not needed:
            return code
        guard = " ".join(f"(i32.ne (global.get {slot}) (i32.const 0))" for slot in needed[:1])
        for slot in needed[1:]:
            guard = f"(i32.and {guard} (i32.ne (global.get {slot}) (i32.const 0)))"
        return f"(if {guard} (then {code}))"

    def _value(self, name: str, kind: Type) -> list[str]:
        """Arguments that are right."""
        if kind.name == "u32":
            return [constant(self._chance.choice((0, 1, 1, 2, 3, 10, 20, 1000, -1)))]
        if kind.name in ("string", "list") and self._carried and self._chance.random() < 0.4:
            wanted = {"data": "bytes", "meta": "pairs"}.get(name, "text")
            if wanted == self._carried:  # what the last call gave back is passed on
                return [f"(i32.load (i32.const {RESULT + at}))" for at in self._carried_at]
        if kind.name == "string":
            return span(self._text(name))
        if kind.part().name == "u8":
            return span(self._pool.some_bytes())
        return span(self._pool.pairs())

    def _text(self, name: str) -> Span:
        if name == "topic":
            return self._pool.topic() if self._allowed.asks else self._pool.text("out.answer")
        return self._pool.client() if name == "name" else self._pool.any_text()

    @property
    def _carried_at(self) -> tuple[int, int]:
        return (0, 4) if self._carried == "bytes" else (4, 8)

    def _made(self, lowered: Lowered, call: str) -> str:
        """The call, and what becomes of its result."""
        result = lowered.function.result
        if lowered.points:
            self._carried = None
        if result is None:
            return call
        if result.name == "own":
            return f"(global.set {self._slot(result.part().name, set(), live=False)} {call})"
        if result.name != "result":
            name = lowered.function.name.rpartition(".")[2]
            self._carried = {"data": "bytes", "metadata": "pairs"}.get(name, "text")
            return call
        ok = result.inner[0]
        if ok is None or self._chance.random() < 0.1:
            return call
        handle = f"(i32.load (i32.const {RESULT + 4}))"
        there = f"(i32.eqz (i32.load8_u (i32.const {RESULT})))"
        if ok.name == "list":
            ok = ok.part()
            handle = f"(i32.load {handle})"
            there = f"(i32.and {there} (i32.ne (i32.load (i32.const {RESULT + 8})) (i32.const 0)))"
        slot = self._slot(ok.part().name, set(), live=False)
        return f"{call} (if {there} (then (global.set {slot} {handle})))"

    def _spoil(self, arguments: list[str]) -> None:
        """One of the arguments becomes nonsense."""
        at = self._chance.randrange(len(arguments))
        roll = self._chance.random()
        if roll < 0.2:
            resource = self._chance.choice(list(SLOTS))
            arguments[at] = f"(global.get {self._slot(resource, set())})"
        elif roll < 0.35 and len(arguments) > 1:
            broken = span(self._pool.broken_text())
            at = min(at, len(arguments) - 2)
            arguments[at : at + 2] = broken
        elif roll < 0.5:
            arguments[at] = f"(i32.add {arguments[at]} (i32.const {self._chance.choice((1, -1))}))"
        else:
            arguments[at] = constant(self._chance.choice(ODD_NUMBERS))

    def _slot(self, resource: str, taken: set[str], *, live: bool | None = None) -> str:
        """One that holds a handle, as far as can be told, or one that gets a handle."""
        names = [f"${resource}{number}" for number in range(SLOTS[resource])]
        self._chance.shuffle(names)
        free = [name for name in names if name not in taken] or names
        wanted = [name for name in free if live is None or (name in self._live) == live]
        slot = wanted[0] if wanted and self._chance.random() < 0.9 else free[0]
        if live is False:
            self._live.add(slot)
        return slot

    def _drop(self) -> str:
        resource = self._chance.choice(("message", "message", "client", "request-options"))
        slot = self._slot(resource, set())
        self._live.discard(slot)
        self.used.add(f"drop-{resource}")
        code = f"(call $drop-{resource} (global.get {slot}))"
        if self._chance.random() < self._allowed.odd:
            return code
        code += f" (global.set {slot} (i32.const 0))"
        return f"(if (global.get {slot}) (then {code}))"

    def _intrinsic(self) -> str:
        name = self._chance.choice(list(self._allowed.intrinsics))
        params, results = self._allowed.intrinsics[name]
        numbers = (0, 1, 1, 2, 2, 3, RESULT, 1024, *ODD_NUMBERS)
        arguments = " ".join(constant(self._chance.choice(numbers)) for _ in range(params))
        call = f"(call {identifier(name)} {arguments})"
        self.used.add(name)
        return f"(drop {call})" if results else call

    # -- everything else --------------------------------------------------------------------------

    def _control(self) -> str:
        return self._loop() if self._chance.random() < 0.35 else control.some(self._chance)

    def _loop(self) -> str:
        times = self._chance.choice((2, 3, 10, 30, 300))
        label = f"$loop{self._chance.randrange(10**9)}"
        self._depth += 1
        inside = "\n".join(self._step() for _ in range(self._chance.randint(1, 4)))
        self._depth -= 1
        counter = f"$i{self._depth}"
        return (
            f"(local.set {counter} (i32.const {times}))\n(loop {label}\n{inside}\n"
            f"(br_if {label} (local.tee {counter} "
            f"(i32.sub (local.get {counter}) (i32.const 1)))))"
        )
