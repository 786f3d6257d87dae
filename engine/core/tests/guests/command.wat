;; A command: its first argument says how it ends.
;;
;;   (none)  run returns ok
;;   e       run returns an error
;;   x       exit(err)
;;   t       trap
;;   n       never
(component
  (import "wasi:cli/environment@0.2.0" (instance $env
    (export "get-arguments" (func (result (list string))))))
  (import "wasi:cli/exit@0.2.0" (instance $exit (export "exit" (func (param "status" (result))))))
  (core module $Mem
    (memory (export "memory") 1)
    (global $top (mut i32) (i32.const 1024))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (local $p i32)
      (local.set $p (i32.and (i32.add (global.get $top) (i32.const 7)) (i32.const -8)))
      (global.set $top (i32.add (local.get $p) (local.get 3)))
      (local.get $p)))
  (core instance $mem (instantiate $Mem))
  (core func $args (canon lower (func $env "get-arguments")
    (memory (core memory $mem "memory")) (realloc (core func $mem "realloc"))))
  (core func $do-exit (canon lower (func $exit "exit")))
  (core module $Main
    (import "" "memory" (memory 1))
    (import "" "args" (func $args (param i32)))
    (import "" "exit" (func $exit (param i32)))
    (func (export "run") (result i32)
      (local $letter i32)
      (call $args (i32.const 0))
      (if (i32.lt_u (i32.load (i32.const 4)) (i32.const 2)) (then (return (i32.const 0))))
      (local.set $letter (i32.load8_u (i32.load offset=8 (i32.load (i32.const 0)))))
      (if (i32.eq (local.get $letter) (i32.const 101)) (then (return (i32.const 1))))
      (if (i32.eq (local.get $letter) (i32.const 120)) (then (call $exit (i32.const 1))))
      (if (i32.eq (local.get $letter) (i32.const 116)) (then (unreachable)))
      (loop $again (br $again))
      (unreachable)))
  (core instance $main (instantiate $Main (with "" (instance
    (export "memory" (memory $mem "memory")) (export "args" (func $args)) (export "exit" (func $do-exit))))))
  (func $run (result (result)) (canon lift (core func $main "run")))
  (instance $i (export "run" (func $run)))
  (export "wasi:cli/run@0.2.3" (instance $i)))
