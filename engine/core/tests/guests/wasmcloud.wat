;; A guest of wasmcloud:messaging. The first letter of a message's subject says what it does:
;;
;;   f  fail with the message's body
;;   r  publish the body to the message's reply-to
;;   t  publish it to "out" with the message's reply-to
;;   other  publish it to "out"
(component
  (import "wasmcloud:messaging/types@0.2.0" (instance $types
    (type $record (record (field "subject" string) (field "body" (list u8))
                          (field "reply-to" (option string))))
    (export "broker-message" (type (eq $record)))))
  (alias export $types "broker-message" (type $broker-message))
  (import "wasmcloud:messaging/consumer@0.2.0" (instance $consumer
    (alias outer 1 $broker-message (type $outer)) (export "broker-message" (type $m (eq $outer)))
    (export "publish" (func (param "msg" $m) (result (result (error string)))))))
  (core module $Memory
    (memory (export "memory") 1)
    (data (i32.const 16) "out")
    (global $top (mut i32) (i32.const 1024))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (global.get $top)
      (global.set $top (i32.and (i32.add (global.get $top) (i32.add (local.get 3) (i32.const 7)))
                                (i32.const -8)))))
  (core instance $memory (instantiate $Memory))
  (alias core export $memory "memory" (core memory $mem))
  (alias core export $memory "realloc" (core func $realloc))
  (core func $publish (canon lower (func $consumer "publish") (memory $mem) (realloc $realloc)))
  (core module $Main
    (import "m" "memory" (memory 1))
    (import "m" "publish" (func $publish (param i32 i32 i32 i32 i32 i32 i32 i32)))
    ;; The result is at 64: whether it failed, then the text.
    (func (export "handle") (param $subject i32) (param $subject-length i32)
        (param $body i32) (param $body-length i32)
        (param $some i32) (param $to i32) (param $to-length i32) (result i32)
      (local $letter i32)
      (local.set $letter (i32.load8_u (local.get $subject)))
      (if (i32.eq (local.get $letter) (i32.const 102))
        (then
          (i32.store8 (i32.const 64) (i32.const 1))
          (i32.store (i32.const 68) (local.get $body))
          (i32.store (i32.const 72) (local.get $body-length)))
        (else (if (i32.eq (local.get $letter) (i32.const 114))
          (then (call $publish (local.get $to) (local.get $to-length)
            (local.get $body) (local.get $body-length)
            (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 64)))
          (else (call $publish (i32.const 16) (i32.const 3)
            (local.get $body) (local.get $body-length)
            (i32.eq (local.get $letter) (i32.const 116)) (local.get $to) (local.get $to-length)
            (i32.const 64))))))
      (i32.const 64)))
  (core instance $main (instantiate $Main (with "m" (instance
    (export "memory" (memory $mem)) (export "publish" (func $publish))))))
  (func $handle (param "msg" $broker-message) (result (result (error string)))
    (canon lift (core func $main "handle") (memory $mem) (realloc $realloc)))
  (instance $handler (export "handle-message" (func $handle)))
  (export "wasmcloud:messaging/handler@0.2.0" (instance $handler)))
