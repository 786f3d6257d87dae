"""Small components that do something, as WebAssembly text."""

from __future__ import annotations

import shapes

SENDER = shapes.component(
    shapes.types(),
    shapes.producer(),
    """
    (core module $Memory
      (memory (export "memory") 1)
      (global $top (mut i32) (i32.const 4096))
      (func (export "realloc") (param i32 i32 i32 i32) (result i32)
        (local $at i32)
        (local.set $at (global.get $top))
        (global.set $top (i32.add (local.get $at)
          (i32.and (i32.add (local.get 3) (i32.const 7)) (i32.const -8))))
        (local.get $at)))
    (core instance $memory (instantiate $Memory))
    (alias core export $memory "memory" (core memory $mem))
    (alias core export $memory "realloc" (core func $realloc))
    (core func $connect (canon lower (func $types "[static]client.connect")
      (memory $mem) (realloc (core func $realloc))))
    (core func $new (canon lower (func $types "[constructor]message") (memory $mem)))
    (core func $send (canon lower (func $producer "send")
      (memory $mem) (realloc (core func $realloc))))
    (core module $Main
      (import "m" "memory" (memory 1))
      (import "m" "connect" (func $connect (param i32 i32 i32)))
      (import "m" "new" (func $new (param i32 i32) (result i32)))
      (import "m" "send" (func $send (param i32 i32 i32 i32 i32)))
      (data (i32.const 0) "defaultgreetingshello")
      (func (export "run") (result i32)
        (call $connect (i32.const 0) (i32.const 7) (i32.const 1024))
        (if (i32.load8_u (i32.const 1024)) (then (return (i32.const 1))))
        (call $send (i32.load (i32.const 1028)) (i32.const 7) (i32.const 9)
          (call $new (i32.const 16) (i32.const 5)) (i32.const 1024))
        (i32.load8_u (i32.const 1024))))
    (core instance $main (instantiate $Main (with "m" (instance
      (export "memory" (memory $mem)) (export "connect" (func $connect))
      (export "new" (func $new)) (export "send" (func $send))))))
    (func $run (result (result)) (canon lift (core func $main "run")))
    (instance $run (export "run" (func $run)))
    (export "wasi:cli/run@0.2.3" (instance $run))
    """,
).replace(
    shapes.CONNECT,
    shapes.CONNECT
    + """(export "[constructor]message" (func (param "data" (list u8)) (result (own $message))))""",
)
"""A command that sends ``hello`` to ``greetings`` of ``default``; its status is 1 if it may not."""

SPINNER = shapes.component(shapes.types(), shapes.handler()).replace(
    '(func (export "handle") (param i32) (result i32) unreachable)',
    '(func (export "handle") (param i32) (result i32) (loop (br 0)) unreachable)',
)
"""A handler that never comes to an end."""

TRAPPER = shapes.component(shapes.types(), shapes.producer(), shapes.run())
"""A command that traps."""
