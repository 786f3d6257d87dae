"""Minimal components in the shapes that messaging interfaces had, as WebAssembly text.

They declare imports and exports and can do nothing: their functions trap.
"""

from __future__ import annotations

DRAFT = "@0.2.0-draft"

RESOURCES = """
    (export "client" (type $client (sub resource)))
    (export "message" (type $message (sub resource)))
    (type $e (variant (case "timeout") (case "connection" string)
                      (case "permission-denied" string) (case "other" string)))
    (export "error" (type $error (eq $e)))
"""
CONNECT = """
    (export "[static]client.connect"
      (func (param "name" string) (result (result (own $client) (error $error)))))
"""
TOPIC = '(export "[method]message.topic" (func (param "self" (borrow $message)) (result {})))'
SETTER = """(export "[method]message.set-content-type"
  (func (param "self" (borrow $message)) (param "content-type" string){}))"""
ALIASES = """
  (alias export $types "client" (type $client))
  (alias export $types "message" (type $message))
  (alias export $types "error" (type $error))
"""
INNER = """
    (alias outer 1 $client (type $c0)) (export "client" (type $c (eq $c0)))
    (alias outer 1 $message (type $m0)) (export "message" (type $m (eq $m0)))
    (alias outer 1 $error (type $e0)) (export "error" (type $e (eq $e0)))
"""
CORE = """
  (core module $Main
    (memory (export "memory") 1)
    (func (export "handle") (param i32) (result i32) unreachable)
    (func (export "none") (result i32) unreachable)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable))
  (core instance $main (instantiate $Main))
"""
LIFT = """(canon lift (core func $main "{}") (memory (core memory $main "memory"))
  (realloc (core func $main "realloc")))"""


def component(*parts: str) -> str:
    """A component of these parts."""
    return "(component\n" + "\n".join(parts) + "\n)"


def imported(name: str, *declarations: str, alias: str = "$other") -> str:
    """An imported interface."""
    return f'(import "{name}" (instance {alias} {" ".join(declarations)}))'


def types(topic: str = "(option string)", setter: str = "", *, async_: bool = False) -> str:
    """The interface ``types``, with variations of the draft."""
    text = "\n".join((CONNECT, TOPIC.format(topic), SETTER.format(setter)))
    text = text.replace("(func ", "(func async ") if async_ else text
    return imported("wasi:messaging/types" + DRAFT, RESOURCES, text, alias="$types") + ALIASES


def producer() -> str:
    """The interface ``producer`` of the draft."""
    send = """(export "send" (func (param "c" (borrow $c)) (param "topic" string)
        (param "message" (own $m)) (result (result (error $e)))))"""
    return imported("wasi:messaging/producer" + DRAFT, INNER, send, alias="$producer")


def request_reply(*, topic: bool = True) -> str:
    """The interface ``request-reply`` of the draft."""
    request = f"""(export "request-options" (type $o (sub resource)))
        (export "request" (func (param "c" (borrow $c)) {'(param "topic" string)' if topic else ""}
        (param "message" (borrow $m)) (param "options" (option (own $o)))
        (result (result (list (own $m)) (error $e)))))"""
    return imported("wasi:messaging/request-reply" + DRAFT, INNER, request, alias="$request")


def handler(*, get_topics: bool = False) -> str:
    """The export ``incoming-handler`` of the draft."""
    topics = f"""(func $topics (result (result (list string) (error $error)))
        {LIFT.format("none")})"""
    return f"""{CORE}
        (func $handle (param "message" (own $message)) (result (result (error $error)))
          {LIFT.format("handle")})
        {topics if get_topics else ""}
        (instance $handler (export "handle" (func $handle))
          {'(export "get-topics" (func $topics))' if get_topics else ""})
        (export "wasi:messaging/incoming-handler{DRAFT}" (instance $handler))"""


def run(version: str = "0.2.0") -> str:
    """The export ``wasi:cli/run``."""
    return f"""{CORE}
        (func $run (result (result)) (canon lift (core func $main "none")))
        (instance $run (export "run" (func $run)))
        (export "wasi:cli/run@{version}" (instance $run))"""


def records(version: str, *, resources: bool) -> str:
    """The shapes of 2023 and early 2024: messages are records, guests export messaging-guest."""
    handles = (
        '(export "client" (type $c0 (sub resource))) (export "error" (type $e0 (sub resource)))'
        if resources
        else """(type $n u32) (export "client" (type $c0 (eq $n)))
            (export "error" (type $e0 (eq $n)))"""
    )
    client, error = ("(own $c0)", "(own $e0)") if resources else ("$c0", "$e0")
    name = "[static]client.connect" if resources else "connect"
    connect = (
        f'(export "{name}" (func (param "name" string) (result (result {client} (error {error})))))'
    )
    return imported(f"wasi:messaging/messaging-types{version}", handles, connect)


def wasmcloud(version: str, *, async_: bool = False) -> str:
    """Another project's ``consumer``."""
    message = """(type $r (record (field "subject" string) (field "body" (list u8))
        (field "reply-to" (option string)))) (export "broker-message" (type $b (eq $r)))"""
    declared = imported(f"wasmcloud:messaging/types@{version}", message, alias="$wasmcloud")
    publish = f"""(alias outer 1 $b (type $b0)) (export "broker-message" (type $m (eq $b0)))
        (export "publish" (func {"async " if async_ else ""}(param "msg" $m)
        (result (result (error string)))))
        (export "request" (func (param "subject" string) (param "body" (list u8))
        (param "timeout-ms" u32) (result (result $m (error string)))))"""
    return "\n".join(
        (
            declared,
            '(alias export $wasmcloud "broker-message" (type $b))',
            imported(f"wasmcloud:messaging/consumer@{version}", publish),
        )
    )
