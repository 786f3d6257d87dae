"""``publish`` and what ``subscribe`` then finds, through the embedded broker."""

from __future__ import annotations

import base64
import json
import signal
from collections.abc import Sequence
from typing import Any

import pytest

from shell import Shell

SUMMARY = " to embedded NATS JetStream in ./.wasi-messaging"


def stored(shell: Shell, topic: str, count: int) -> list[dict[str, Any]]:
    """The messages that the broker keeps of a topic."""
    arguments = ("--start", "all", "--count", str(count), "--timeout", "20s", "--json", "--quiet")
    return [json.loads(line) for line in shell.ok("subscribe", topic, *arguments).splitlines()]


def bodies(records: Sequence[dict[str, Any]]) -> list[str]:
    """Their texts."""
    return [record["data"] for record in records]


def test_a_body(shell: Shell) -> None:
    """One message, stored although nobody subscribes yet."""
    assert shell.ok("publish", "greetings.en", "hello").startswith("published 1 message" + SUMMARY)
    assert stored(shell, "greetings.>", 1) == [
        {"topic": "greetings.en", "data": "hello", "content_type": None, "metadata": None}
    ]


def test_content_type_and_metadata(shell: Shell) -> None:
    """Both arrive; a key may occur twice, in order."""
    pairs = ("-m", "station=Seattle", "-m", "unit=°C", "--metadata", "station=Tacoma=2")
    shell.ok("publish", "t", "21.5", "--content-type", "text/plain", *pairs, "--quiet")
    (record,) = stored(shell, "t", 1)
    assert record["content_type"] == "text/plain"
    assert record["metadata"] == [
        ["station", "Seattle"],
        ["unit", "°C"],
        ["station", "Tacoma=2"],
    ]


@pytest.mark.parametrize("body", [b"", b"\x00\xff", b"x" * 300_000 + "é\n".encode()])
def test_standard_input_and_files(shell: Shell, body: bytes) -> None:
    """Bytes arrive as they are, whichever way they came."""
    shell.write("body", body)
    shell.ok("publish", "t", text=body)
    shell.ok("publish", "t", "--file", "-", text=body)
    shell.ok("publish", "t", "--file", "body")
    found = []
    for record in stored(shell, "t", 3):
        encoded = record.get("data_base64")
        found.append(base64.b64decode(encoded) if encoded else record["data"].encode())
    assert found == [body] * 3


def test_json_lines(shell: Shell) -> None:
    """Every form a line may have; blank lines do not count, the last may have no end."""
    lines = [
        '{"topic": "a.1", "data": "one", "content_type": "text/plain", "metadata": {"k": "v"}}',
        "",
        '{"data": "two", "metadata": [["k", "v"], ["k", "w"]]}',
        '{"topic": "a.3", "data_base64": "AP8=", "content_type": null}',
    ]
    shell.write("in.jsonl", "\n".join(lines))
    summary = json.loads(shell.ok("publish", "a.2", "--jsonl", "in.jsonl", "--json"))
    assert summary.pop("seconds") > 0
    assert summary == {"published": 3, "confirmed": True, "bytes": 8, "client": "default"}
    assert stored(shell, "a.*", 3) == [
        {
            "topic": "a.1",
            "data": "one",
            "content_type": "text/plain",
            "metadata": [["k", "v"]],
        },
        {
            "topic": "a.2",
            "data": "two",
            "content_type": None,
            "metadata": [["k", "v"], ["k", "w"]],
        },
        {"topic": "a.3", "data_base64": "AP8=", "content_type": None, "metadata": None},
    ]


def test_what_subscribe_prints_can_be_published_again(shell: Shell) -> None:
    """The two commands speak one form."""
    shell.ok("publish", "a", "one", "-m", "k=v", "-m", "k=w")
    lines = shell.ok("subscribe", "a", "--start", "all", "-n", "1", "--json")
    shell.ok("publish", "--jsonl", "-", text=lines)
    first, second = stored(shell, "a", 2)
    assert first == second


def test_many(shell: Shell) -> None:
    """Thousands, in order, each confirmed; the number is written for people."""
    text = "".join(f'{{"topic":"n.{n % 7}","data":"{n}"}}\n' for n in range(5000))
    assert "published 5,000 messages" in shell.ok("publish", "--jsonl", "-", text=text)
    assert bodies(stored(shell, "n.>", 5000)) == [str(n) for n in range(5000)]


def test_a_bad_line(shell: Shell) -> None:
    """The error names the line; what came before is sent, nothing after it."""
    good = '{"data": "good"}\n'
    shell.write("in.jsonl", good * 2 + "{}\n" + good * 3)
    errors = shell.fails(2, "publish", "a", "--jsonl", "in.jsonl")
    assert errors == (
        'error: in.jsonl:3: expected either "data" (text) or "data_base64"\n'
        "2 messages published and confirmed; nothing after that was sent\n"
    )
    shell.ok("publish", "a", "last")
    assert bodies(stored(shell, "a", 3)) == ["good", "good", "last"]


def test_a_line_without_a_topic(shell: Shell) -> None:
    """Neither in the object nor on the command line."""
    errors = shell.fails(2, "publish", "--jsonl", "-", text='{"data": "a"}')
    assert 'standard input:1: no "topic" in the object, and none on the command line' in errors


def test_a_topic_the_broker_refuses(shell: Shell) -> None:
    """Illegal topics, alone and in a line of many."""
    for topic in ("a..b", "a.*", "a b", ".a"):
        assert repr(topic) in shell.fails(2, "publish", topic, "x")
    text = '{"topic":"a","data":"1"}\n{"topic":"a.>","data":"2"}\n{"topic":"a","data":"3"}\n'
    errors = shell.fails(2, "publish", "--jsonl", "-", text=text)
    assert errors.startswith("error: standard input:2: topic 'a.>': ")
    assert "1 message published and confirmed; nothing after that was sent" in errors


def test_a_message_over_the_limit(shell: Shell) -> None:
    """The error names the size and the limit."""
    errors = shell.fails(2, "publish", "a", text=b"x" * (9 * 2**20))
    assert "9,437,18" in errors
    assert "over the 8,388,608 bytes" in errors


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "where to? Give a TOPIC"),
        (("a", "b", "--file", "c"), "give either BODY or --file"),
        (("a", "b", "--jsonl", "c"), "--jsonl takes everything but the topic from the file"),
        (("a", "b", "-m", "novalue"), "'novalue' is not KEY=VALUE"),
        (("a", "--file", "none.txt"), "none.txt: cannot be read: No such file or directory"),
        (("a", "--file", "."), ".: cannot be read: Is a directory"),
        (("--jsonl", "none.jsonl"), "none.jsonl: cannot be read: No such file or directory"),
    ],
)
def test_wrong_usage(shell: Shell, arguments: tuple[str, ...], words: str) -> None:
    """Nothing is sent and the error says what to write."""
    assert words in shell.fails(2, "publish", *arguments)
    assert not (shell.folder / ".wasi-messaging").exists()


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupted(shell: Shell, number: int, status: int) -> None:
    """A signal in the middle of a long input: it says how many messages are confirmed."""
    process = shell.start("publish", "a", "--jsonl", "-")
    assert process.stdin is not None
    process.stdin.write('{"data": "good"}\n' * 100 + '{"data": "this line has no end')
    process.stdin.flush()
    assert len(stored(shell, "a", 100)) == 100
    ended, output, errors = shell.interrupt(process, number)
    assert (ended, output) == (status, "")
    assert errors == "interrupted: 100 messages published and confirmed by then\n"
