"""The cases of the conformance suite: a message on BASE.CASE plays CASE, BASE.out hears of it."""

from collections.abc import Callable

from componentize_py_types import Err
from wit_world import exports
from wit_world.imports import producer, request_reply
from wit_world.imports.request_reply import RequestOptions
from wit_world.imports.types import (
    Client,
    Error_Connection,
    Error_Other,
    Error_PermissionDenied,
    Error_Timeout,
    Message,
)

KINDS = {
    Error_Timeout: "timeout",
    Error_Connection: "connection",
    Error_PermissionDenied: "permission-denied",
    Error_Other: "other",
}
MIXED = [("a", "1"), ("b", "2"), ("a", "3")]
ODD = [("", ""), ("ключ", "wért 🦀"), ("K", "1"), ("k", "2")]

base = ""
handled = 0


# --- words ----------------------------------------------------------------------------------


def topic_of(case: str) -> str:
    return f"{base}.{case}"


def tell(message: Message) -> None:
    with Client.connect("default") as out:
        producer.send(out, topic_of("out"), message)


def say(words: str) -> None:
    tell(Message(words.encode()))


def describe(message: Message) -> None:
    """ "data=DATA type=none metadata=none"; "(TYPE)", "empty" or "(KEY=VALUE)(KEY=VALUE)"."""
    content_type, metadata = message.content_type(), message.metadata()
    kind = "none" if content_type is None else f"({content_type})"
    pairs = "none"
    if metadata is not None:
        pairs = "".join(f"({key}={value})" for key, value in metadata) or "empty"
    say(f"data={message.data().decode()} type={kind} metadata={pairs}")


def kind_of(call: Callable[[], object]) -> str:
    try:
        call()
    except Err as error:
        return KINDS[type(error.value)]
    return "ok"


def copy_of(message: Message) -> Message:
    copy = Message(message.data())
    if (content_type := message.content_type()) is not None:
        copy.set_content_type(content_type)
    if (metadata := message.metadata()) is not None:
        copy.set_metadata(metadata)
    return copy


def request(case: str, data: str, milliseconds: int, expected: int = 1) -> list[Message]:
    options = RequestOptions()
    options.set_timeout_ms(milliseconds)
    options.set_expected_replies(expected)
    with Client.connect("default") as out:
        return request_reply.request(out, topic_of(case), Message(data.encode()), options)


def tell_data(case: str, data: str, milliseconds: int, expected: int = 1) -> None:
    """Ask, and tell the data of each reply; or the kind of the error."""
    try:
        replies = request(case, data, milliseconds, expected)
    except Err as error:
        say(KINDS[type(error.value)])
        return
    for reply in replies:
        say(reply.data().decode())


def tell_count(case: str, milliseconds: int, expected: int = 1) -> None:
    """Ask, and tell how many replies came; or the kind of the error."""
    try:
        say(f"{len(request(case, 'question', milliseconds, expected))} replies")
    except Err as error:
        say(KINDS[type(error.value)])


# --- messages that came ---------------------------------------------------------------------


def echo(message: Message) -> None:
    tell(copy_of(message))


def forward(message: Message) -> None:
    tell(message)


def forward_changed(message: Message) -> None:
    message.set_data(b"changed")
    message.set_content_type("text/changed")
    message.add_metadata("added", "yes")
    tell(message)


def topic(message: Message) -> None:
    say((message.topic() or "").rpartition(".")[2])


def data_twice(message: Message) -> None:
    say("same" if message.data() == message.data() else "different")


# --- messages of its own ----------------------------------------------------------------------


def new_message(_: Message) -> None:
    describe(Message(b"data"))


def new_topic(_: Message) -> None:
    say("none" if Message(b"data").topic() is None else "some")


def set_content_type(_: Message) -> None:
    own = Message(b"data")
    own.set_content_type("text/a")
    own.set_content_type("text/b")
    describe(own)


def set_content_type_empty(_: Message) -> None:
    own = Message(b"data")
    own.set_content_type("")
    describe(own)


def set_data(_: Message) -> None:
    own = Message(b"data")
    own.set_data(b"other data")
    describe(own)


def set_data_empty(_: Message) -> None:
    own = Message(b"data")
    own.set_data(b"")
    describe(own)


def large_data(_: Message) -> None:
    data = bytes(range(251)) * (16 * 2**20 // 251 + 1)
    data = data[: 16 * 2**20]
    got = Message(data).data()
    say(str(len(got)) if got == data else "different")


def add_metadata(_: Message) -> None:
    own = Message(b"data")
    own.add_metadata("a", "1")
    own.add_metadata("b", "2")
    describe(own)


def add_metadata_replaces(_: Message) -> None:
    own = Message(b"data")
    own.set_metadata(MIXED)
    own.add_metadata("a", "4")
    describe(own)


def set_metadata(_: Message) -> None:
    own = Message(b"data")
    own.set_metadata(MIXED)
    describe(own)


def set_metadata_replaces(_: Message) -> None:
    own = Message(b"data")
    own.add_metadata("x", "1")
    own.set_metadata([("a", "1")])
    describe(own)


def set_metadata_empty(_: Message) -> None:
    own = Message(b"data")
    own.set_metadata([])
    describe(own)


def remove_metadata(_: Message) -> None:
    own = Message(b"data")
    own.set_metadata(MIXED)
    own.remove_metadata("a")
    describe(own)


def remove_metadata_absent(_: Message) -> None:
    own = Message(b"data")
    own.set_metadata([("a", "1")])
    own.remove_metadata("z")
    describe(own)


def remove_metadata_unset(_: Message) -> None:
    own = Message(b"data")
    own.remove_metadata("z")
    describe(own)


def remove_metadata_last(_: Message) -> None:
    own = Message(b"data")
    own.set_metadata([("a", "1")])
    own.remove_metadata("a")
    describe(own)


def odd_metadata(_: Message) -> None:
    own = Message(b"data")
    own.set_metadata(ODD)
    describe(own)


def large_metadata(_: Message) -> None:
    key, value = "k" * 65536, "v" * 65536
    own = Message(b"data")
    own.add_metadata(key, value)
    say("same" if own.metadata() == [(key, value)] else "different")


def many_metadata(_: Message) -> None:
    own = Message(b"data")
    for number in range(1000):
        own.add_metadata(str(number), "v")
    pairs = own.metadata() or []
    say(f"{len(pairs)} {pairs[999][0]}")


# --- clients ------------------------------------------------------------------------------------


def connect(_: Message) -> None:
    say(kind_of(lambda: Client.connect("default")))


def connect_unknown(_: Message) -> None:
    say(kind_of(lambda: Client.connect("no-such-client")))


def connect_empty(_: Message) -> None:
    say(kind_of(lambda: Client.connect("")))


def connect_twice(_: Message) -> None:
    one, other = Client.connect("default"), Client.connect("default")
    producer.send(one, topic_of("out"), Message(b"one"))
    producer.send(other, topic_of("out"), Message(b"two"))


def connect_many(_: Message) -> None:
    clients = [Client.connect("default") for _ in range(1000)]
    producer.send(clients[-1], topic_of("out"), Message(str(len(clients)).encode()))


def disconnect_then_send(_: Message) -> None:
    gone = Client.connect("default")
    gone.disconnect()
    say(kind_of(lambda: producer.send(gone, topic_of("out"), Message(b"lost"))))


def disconnect_twice(_: Message) -> None:
    gone = Client.connect("default")
    gone.disconnect()
    say(kind_of(gone.disconnect))


def disconnect_other(_: Message) -> None:
    gone, other = Client.connect("default"), Client.connect("default")
    gone.disconnect()
    producer.send(other, topic_of("out"), Message(b"other"))


def reconnect(_: Message) -> None:
    Client.connect("default").disconnect()
    say("again")


# --- sending ------------------------------------------------------------------------------------


def send_many(_: Message) -> None:
    with Client.connect("default") as out:
        for number in range(200):
            producer.send(out, topic_of("out"), Message(str(number).encode()))


def kind_of_send(to: str) -> str:
    with Client.connect("default") as out:
        return kind_of(lambda: producer.send(out, to, Message(b"x")))


def send_denied(_: Message) -> None:
    say(kind_of_send(topic_of("denied")))


def send_empty_topic(_: Message) -> None:
    say(kind_of_send(""))


def send_illegal_topic(_: Message) -> None:
    say(kind_of_send("no topic\r\n.*"))


def send_then_error(_: Message) -> None:
    say("sent")
    raise Err(Error_Other("after sending"))


def send_then_trap(_: Message) -> None:
    say("sent")
    raise RuntimeError("after sending")


# --- outcomes -----------------------------------------------------------------------------------


def ok(_: Message) -> None:
    pass


def error_timeout(_: Message) -> None:
    raise Err(Error_Timeout())


def error_connection(message: Message) -> None:
    raise Err(Error_Connection(message.data().decode()))


def error_permission_denied(message: Message) -> None:
    raise Err(Error_PermissionDenied(message.data().decode()))


def error_other(message: Message) -> None:
    raise Err(Error_Other(message.data().decode()))


def trap(_: Message) -> None:
    raise RuntimeError("a trap")


def spin(_: Message) -> None:
    while True:
        pass


def memory_hog(_: Message) -> None:
    blocks = []
    while True:
        blocks.append(b"\1" * 2**20)


def state(_: Message) -> None:
    global handled
    handled += 1
    say(str(handled))


def fail_once(_: Message) -> None:
    global handled
    handled += 1
    if handled == 1:
        raise Err(Error_Other("the first time"))
    say("second")


def print_(_: Message) -> None:
    print("words on standard output")
    say("printed")


# --- asking -------------------------------------------------------------------------------------


def ask(message: Message) -> None:
    with Client.connect("default") as out:
        replies = request_reply.request(out, topic_of("answer"), copy_of(message), None)
    describe(replies[0])


def ask_two(_: Message) -> None:
    tell_data("answer-twice", "question", 5000, 2)


def ask_three(_: Message) -> None:
    tell_data("answer-twice", "question", 300, 3)


def ask_never(_: Message) -> None:
    tell_count("answer-never", 200)


def ask_nobody(_: Message) -> None:
    tell_count("nobody", 500)


def ask_denied(_: Message) -> None:
    tell_count("denied", 500)


def ask_zero(_: Message) -> None:
    tell_count("answer", 500, 0)


def ask_no_wait(_: Message) -> None:
    tell_count("answer-never", 0)


def ask_trap(_: Message) -> None:
    tell_count("answer-trap", 500)


def ask_error(_: Message) -> None:
    tell_count("answer-error", 500)


def ask_chain(_: Message) -> None:
    tell_data("chain-one", "0", 5000)


def ask_goes_on(_: Message) -> None:
    tell_data("answer-goes-on", "question", 5000)


def ask_topic(_: Message) -> None:
    (reply,) = request("answer", "question", 5000)
    say("none" if reply.topic() is None else "some")


def ask_borrowed(_: Message) -> None:
    own = Message(b"kept")
    with Client.connect("default") as out:
        request_reply.request(out, topic_of("answer"), own, None)
    own.add_metadata("asked", "yes")
    tell(own)


def ask_late(_: Message) -> None:
    if kind_of(lambda: request("answer-late", "one", 150)) == "ok":
        say("too early")
    else:
        tell_data("answer-late", "two", 5000)


def ask_many(_: Message) -> None:
    for number in range(50):
        (reply,) = request("answer", str(number), 5000)
        if reply.data() != str(number).encode():
            say("mixed up")
            return
    say("50")


def ask_itself(message: Message) -> None:
    if message.data() == b"answer":
        request_reply.reply(message, Message(b"myself"))
    else:
        tell_data("ask-itself", "answer", 1000)


# --- answering ----------------------------------------------------------------------------------


def answer(message: Message) -> None:
    request_reply.reply(message, copy_of(message))


def answer_twice(message: Message) -> None:
    request_reply.reply(message, Message(b"first"))
    request_reply.reply(message, Message(b"second"))


def answer_late(message: Message) -> None:
    kind_of(lambda: request("answer-never", "wait", 400))
    request_reply.reply(message, copy_of(message))


def answer_error(_: Message) -> None:
    raise Err(Error_Other("no answer"))


def answer_goes_on(message: Message) -> None:
    request_reply.reply(message, Message(b"reply"))
    say("went on")


def chain_one(message: Message) -> None:
    (reply,) = request("chain-two", message.data().decode() + " 1", 5000)
    request_reply.reply(message, Message(reply.data()))


def chain_two(message: Message) -> None:
    request_reply.reply(message, Message(message.data() + b" 2"))


def reply_no_address(message: Message) -> None:
    say(kind_of(lambda: request_reply.reply(message, Message(b"to nobody"))))


def reply_to_own(_: Message) -> None:
    say(kind_of(lambda: request_reply.reply(Message(b"own"), Message(b"to nobody"))))


CASES = {
    "print": print_,
    "answer-never": ok,
    "answer-trap": trap,
    **{
        name.replace("_", "-"): case
        for name, case in list(globals().items())
        if getattr(case, "__annotations__", {}).get("return", "") is None
    },
}


class IncomingHandler(exports.IncomingHandler):
    def handle(self, message: Message) -> None:
        global base
        base, _, case = (message.topic() or "").rpartition(".")
        if case not in CASES:
            raise Err(Error_Other("there is no such case"))
        CASES[case](message)
