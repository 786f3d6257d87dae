;; Grows a table as often as it may and traps when it may no more, unless the body is empty. Table
;; elements are not in any memory of the guest's.
(component
  (import "wasi:messaging/types@0.2.0-draft" (instance $types
    (export "message" (type $message (sub resource)))
    (type $error-cases (variant (case "timeout") (case "connection" string)
                                (case "permission-denied" string) (case "other" string)))
    (export "error" (type $error (eq $error-cases)))
    (export "[method]message.data" (func (param "self" (borrow $message)) (result (list u8))))))
  (alias export $types "message" (type $message))
  (alias export $types "error" (type $error))

  ;; Memory, for the body: one that does not fit is not for this guest.
  (core module $Memory
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024)))
  (core instance $memory (instantiate $Memory))
  (alias core export $memory "memory" (core memory $mem))
  (alias core export $memory "realloc" (core func $realloc))

  (core func $data (canon lower (func $types "[method]message.data")
    (memory $mem) (realloc (core func $realloc))))
  (core func $drop-message (canon resource.drop $message))

  (core module $Hog
    (import "memory" "memory" (memory 1))
    (import "host" "data" (func $data (param i32 i32)))
    (import "host" "drop-message" (func $drop-message (param i32)))
    (table $table 1 funcref)

    ;; 0: the result of handle, which stays ok; 16: where the body is, and its length
    (func (export "handle") (param $in i32) (result i32)
      (call $data (local.get $in) (i32.const 16))
      (call $drop-message (local.get $in))
      (if (i32.load (i32.const 20)) (then (call $grow)))
      (i32.const 0))

    (func $grow
      (loop $again
        (br_if $again (i32.ne (i32.const -1)
          (table.grow $table (ref.null func) (i32.const 100)))))
      unreachable))

  (core instance $hog (instantiate $Hog
    (with "memory" (instance $memory))
    (with "host" (instance
      (export "data" (func $data))
      (export "drop-message" (func $drop-message))))))

  (func $handle (param "message" (own $message)) (result (result (error $error)))
    (canon lift (core func $hog "handle") (memory $mem)))
  (instance $handler (export "handle" (func $handle)))
  (export "wasi:messaging/incoming-handler@0.2.0-draft" (instance $handler)))
