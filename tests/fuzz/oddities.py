"""What a component may do beside calling the interface, rightly or not."""

from __future__ import annotations

from .wat import FOREVER

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

POSTS = {
    "nothing": "",
    "trap": "unreachable",
    "forever": FOREVER,
    "calls": "(call $aside)",
    "grows": "(drop (memory.grow (i32.const 1)))",
}
"""What is done after ``handle`` has returned."""
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
"""What is done instead of, or before, giving memory."""
REALLOC = """  (func (export "realloc")
    (param $old i32) (param $had i32) (param $align i32) (param $size i32) (result i32)
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
"""Gives memory from a stack; the call ``nth`` does something odd."""
DEEP = """(func $deep (param $depth i32)
  (if (local.get $depth) (then (call $deep (i32.sub (local.get $depth) (i32.const 1)))))
  (drop (i32.add (local.get $depth) (i32.const 1))))"""
"""Recursion."""
