;; Sends a copy of every message to "out"; a message on "fail" is refused. In plain WebAssembly: what a
;; component is made of, without any toolchain.
(component
  ;; The interfaces, with the functions that this component calls.
  (import "wasi:messaging/types@0.2.0-draft" (instance $types
    (export "client" (type $client (sub resource)))
    (export "message" (type $message (sub resource)))
    (type $error-cases (variant (case "timeout") (case "connection" string)
                                (case "permission-denied" string) (case "other" string)))
    (export "error" (type $error (eq $error-cases)))
    (type $metadata (list (tuple string string)))
    (export "[static]client.connect"
      (func (param "name" string) (result (result (own $client) (error $error)))))
    (export "[constructor]message" (func (param "data" (list u8)) (result (own $message))))
    (export "[method]message.topic" (func (param "self" (borrow $message)) (result (option string))))
    (export "[method]message.data" (func (param "self" (borrow $message)) (result (list u8))))
    (export "[method]message.content-type"
      (func (param "self" (borrow $message)) (result (option string))))
    (export "[method]message.set-content-type"
      (func (param "self" (borrow $message)) (param "content-type" string)))
    (export "[method]message.metadata"
      (func (param "self" (borrow $message)) (result (option $metadata))))
    (export "[method]message.set-metadata"
      (func (param "self" (borrow $message)) (param "meta" $metadata)))
    (export "[method]message.add-metadata"
      (func (param "self" (borrow $message)) (param "key" string) (param "value" string)))))
  (alias export $types "client" (type $client))
  (alias export $types "message" (type $message))
  (alias export $types "error" (type $error))
  (import "wasi:messaging/producer@0.2.0-draft" (instance $producer
    (alias outer 1 $client (type $outer-client))
    (alias outer 1 $message (type $outer-message))
    (alias outer 1 $error (type $outer-error))
    (export "client" (type $client (eq $outer-client)))
    (export "message" (type $message (eq $outer-message)))
    (export "error" (type $error (eq $outer-error)))
    (export "send" (func (param "c" (borrow $client)) (param "topic" string)
                         (param "message" (own $message)) (result (result (error $error)))))))

  ;; Memory, which the lowered functions need before the code that calls them exists: a stack that
  ;; each message empties.
  (core module $Memory
    (memory (export "memory") 1)
    (global $top (export "top") (mut i32) (i32.const 1024))
    (func (export "realloc") (param $old i32) (param $had i32) (param $align i32) (param $size i32)
                             (result i32)
      (local $at i32) (local $lack i32)
      (local.set $at (i32.and (i32.add (global.get $top) (i32.sub (local.get $align) (i32.const 1)))
                              (i32.sub (i32.const 0) (local.get $align))))
      (global.set $top (i32.add (local.get $at) (local.get $size)))
      (local.set $lack (i32.sub (global.get $top) (i32.shl (memory.size) (i32.const 16))))
      (if (i32.gt_s (local.get $lack) (i32.const 0))
        (then (if (i32.lt_s (memory.grow (i32.add (i32.shr_u (local.get $lack) (i32.const 16)) (i32.const 1)))
                            (i32.const 0))
          (then unreachable))))
      (local.get $at)))
  (core instance $memory (instantiate $Memory))
  (alias core export $memory "memory" (core memory $mem))
  (alias core export $memory "realloc" (core func $realloc))

  (core func $connect (canon lower (func $types "[static]client.connect")
    (memory $mem) (realloc (core func $realloc))))
  (core func $new (canon lower (func $types "[constructor]message") (memory $mem)))
  (core func $topic (canon lower (func $types "[method]message.topic")
    (memory $mem) (realloc (core func $realloc))))
  (core func $data (canon lower (func $types "[method]message.data")
    (memory $mem) (realloc (core func $realloc))))
  (core func $content-type (canon lower (func $types "[method]message.content-type")
    (memory $mem) (realloc (core func $realloc))))
  (core func $set-content-type
    (canon lower (func $types "[method]message.set-content-type") (memory $mem)))
  (core func $metadata (canon lower (func $types "[method]message.metadata")
    (memory $mem) (realloc (core func $realloc))))
  (core func $set-metadata (canon lower (func $types "[method]message.set-metadata") (memory $mem)))
  (core func $add-metadata (canon lower (func $types "[method]message.add-metadata") (memory $mem)))
  (core func $send (canon lower (func $producer "send") (memory $mem) (realloc (core func $realloc))))
  (core func $drop-client (canon resource.drop $client))
  (core func $drop-message (canon resource.drop $message))

  (core module $Echo
    (import "memory" "memory" (memory 1))
    (import "memory" "top" (global $top (mut i32)))
    (import "host" "connect" (func $connect (param i32 i32 i32)))
    (import "host" "new" (func $new (param i32 i32) (result i32)))
    (import "host" "topic" (func $topic (param i32 i32)))
    (import "host" "data" (func $data (param i32 i32)))
    (import "host" "content-type" (func $content-type (param i32 i32)))
    (import "host" "set-content-type" (func $set-content-type (param i32 i32 i32)))
    (import "host" "metadata" (func $metadata (param i32 i32)))
    (import "host" "set-metadata" (func $set-metadata (param i32 i32 i32)))
    (import "host" "add-metadata" (func $add-metadata (param i32 i32 i32 i32 i32)))
    (import "host" "send" (func $send (param i32 i32 i32 i32 i32)))
    (import "host" "drop-client" (func $drop-client (param i32)))
    (import "host" "drop-message" (func $drop-message (param i32)))

    ;; 0: the result of handle (16 bytes); 16: option<string> topic; 32: what other calls give back
    (data (i32.const 64) "default" "out" "from" "fail" "asked to fail")

    (func (export "handle") (param $in i32) (result i32)
      (local $copy i32) (local $client i32)
      (global.set $top (i32.const 1024))
      (call $topic (local.get $in) (i32.const 16))
      (if (call $must-fail) (then (call $drop-message (local.get $in)) (return (call $refuse))))

      (call $data (local.get $in) (i32.const 32))
      (local.set $copy (call $new (i32.load (i32.const 32)) (i32.load (i32.const 36))))
      (call $content-type (local.get $in) (i32.const 32))
      (if (i32.load8_u (i32.const 32))
        (then (call $set-content-type (local.get $copy)
          (i32.load (i32.const 36)) (i32.load (i32.const 40)))))
      (call $metadata (local.get $in) (i32.const 32))
      (if (i32.load8_u (i32.const 32))
        (then (call $set-metadata (local.get $copy)
          (i32.load (i32.const 36)) (i32.load (i32.const 40)))))
      (if (i32.load8_u (i32.const 16))
        (then (call $add-metadata (local.get $copy) (i32.const 74) (i32.const 4)
          (i32.load (i32.const 20)) (i32.load (i32.const 24)))))
      (call $drop-message (local.get $in))

      (call $connect (i32.const 64) (i32.const 7) (i32.const 0))
      (if (i32.load8_u (i32.const 0))
        (then (call $drop-message (local.get $copy)) (return (i32.const 0))))
      (local.set $client (i32.load (i32.const 4)))
      (call $send (local.get $client) (i32.const 71) (i32.const 3) (local.get $copy) (i32.const 0))
      (call $drop-client (local.get $client))
      (i32.const 0))

    ;; Whether the topic is "fail".
    (func $must-fail (result i32)
      (if (i32.eqz (i32.load8_u (i32.const 16))) (then (return (i32.const 0))))
      (if (i32.ne (i32.load (i32.const 24)) (i32.const 4)) (then (return (i32.const 0))))
      (i32.eq (i32.load (i32.load (i32.const 20))) (i32.load (i32.const 78))))

    ;; err(other("asked to fail"))
    (func $refuse (result i32)
      (i32.store8 (i32.const 0) (i32.const 1))
      (i32.store8 (i32.const 4) (i32.const 3))
      (i32.store (i32.const 8) (i32.const 82))
      (i32.store (i32.const 12) (i32.const 13))
      (i32.const 0)))

  (core instance $echo (instantiate $Echo
    (with "memory" (instance $memory))
    (with "host" (instance
      (export "connect" (func $connect))
      (export "new" (func $new))
      (export "topic" (func $topic))
      (export "data" (func $data))
      (export "content-type" (func $content-type))
      (export "set-content-type" (func $set-content-type))
      (export "metadata" (func $metadata))
      (export "set-metadata" (func $set-metadata))
      (export "add-metadata" (func $add-metadata))
      (export "send" (func $send))
      (export "drop-client" (func $drop-client))
      (export "drop-message" (func $drop-message))))))

  (func $handle (param "message" (own $message)) (result (result (error $error)))
    (canon lift (core func $echo "handle") (memory $mem) (realloc (core func $realloc))))
  (instance $handler (export "handle" (func $handle)))
  (export "wasi:messaging/incoming-handler@0.2.0-draft" (instance $handler)))
