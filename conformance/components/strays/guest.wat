;; Takes messages, and also exports a function and an instance that nobody asked for.
(component
  (import "wasi:messaging/types@0.2.0-draft" (instance $types
    (export "message" (type $message (sub resource)))
    (type $cases (variant (case "timeout") (case "connection" string)
                          (case "permission-denied" string) (case "other" string)))
    (export "error" (type $error (eq $cases)))))
  (alias export $types "message" (type $message))
  (alias export $types "error" (type $error))
  (core func $drop (canon resource.drop $message))

  (core module $Main
    (import "host" "drop" (func $drop (param i32)))
    (memory (export "memory") 1)
    (func (export "handle") (param $in i32) (result i32)
      (call $drop (local.get $in))
      (i32.const 0))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable)
    (func (export "answer") (result i32) (i32.const 42)))
  (core instance $main (instantiate $Main
    (with "host" (instance (export "drop" (func $drop))))))
  (alias core export $main "memory" (core memory $memory))
  (alias core export $main "realloc" (core func $realloc))

  (func $handle (param "message" (own $message)) (result (result (error $error)))
    (canon lift (core func $main "handle") (memory $memory)
      (realloc (core func $realloc))))
  (func $answer (result u32) (canon lift (core func $main "answer")))
  (instance $handler (export "handle" (func $handle)))
  (instance $stray (export "answer" (func $answer)))
  (export "wasi:messaging/incoming-handler@0.2.0-draft" (instance $handler))
  (export "example:strays/answers@1.0.0" (instance $stray))
  (export "answer" (func $answer)))
