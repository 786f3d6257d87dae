"""Hosts that do not conform are found out, and the report says in what."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from wasi_messaging.conformance.ours import OurHost
from wasi_messaging.conformance.process import OtherHost
from wasi_messaging.conformance.protocol import AdapterError, Subject
from wasi_messaging.conformance.run import Result, Suite, run

from . import liars

Choose = Callable[..., Suite]


async def play(suite: Suite, subject: Subject) -> list[Result]:
    """All results of a subject."""
    try:
        abilities = await subject.hello()
        return [result async for result in run(suite, subject, abilities)]
    finally:
        await subject.close()


@pytest.mark.parametrize(
    ("liar", "scenario", "words"),
    [
        (liars.Acknowledges, "error-other", "handling 1: expected other, got other-but-ack"),
        (liars.Acknowledges, "trap", "handling 1: expected trap, got trap-but-ack"),
        (liars.Loses, "echo-metadata", "message 1: expected 'words' with {'key': 'value'}"),
        (liars.Repeats, "echo-text", "message 2: expected none, got 'words'"),
        (liars.RepeatsLater, "echo-text", "message 2: expected none, got 'words'"),
        (liars.Reorders, "connect-twice", "message 1: expected 'one', got 'two'"),
    ],
)
async def test_a_host_that_lies(
    choose: Choose, liar: type[OurHost], scenario: str, words: str
) -> None:
    """It fails where it lies, and only there."""
    results = {one.scenario.id: one for one in await play(choose(scenario, "ok"), liar("memory:"))}
    assert results["ok"].status == "passed"
    assert results[scenario].status == "failed"
    assert words in results[scenario].detail


async def test_a_choice_is_named(choose: Choose) -> None:
    """Where the interface leaves a choice."""
    (result,) = await play(choose("send-denied"), OurHost("memory:"))
    assert (result.status, result.detail) == ("chosen", "permission-denied")


async def test_no_known_choice(choose: Choose) -> None:
    """A host that does something else fails, and all the choices are named."""
    (result,) = await play(choose("send-then-error"), liars.Acknowledges("memory:"))
    assert result.status == "failed"
    assert "none of the known choices ('it leaves at once', 'it is held back')" in result.detail


async def test_what_a_broker_cannot(choose: Choose) -> None:
    """A scenario that makes no sense on a broker does not apply, and says why."""
    subject = OurHost("memory:?max_message_size=1MiB")
    suite = choose("echo-16-mib", "echo-text")
    abilities = (await subject.hello()).model_copy(
        update={"max_message_size": 2**20, "metadata": False}
    )
    results = [one async for one in run(suite, subject, abilities)]
    await subject.close()
    assert {one.scenario.id: one.detail for one in results if one.status == "not-applicable"} == {
        "echo-16-mib": "a body of 16,777,216 bytes is over the broker's limit of 1,048,576"
    }


async def test_another_host_through_its_adapter(choose: Choose) -> None:
    """The same results as in this process."""
    names = ("echo-metadata", "trap", "ask-two", "shape-november-2024", "echo-every-byte")
    command = f"{sys.executable} -m wasi_messaging.conformance memory:"
    results = await play(choose(*names), OtherHost(command))
    assert {result.scenario.id: result.status for result in results} == dict.fromkeys(
        names, "passed"
    )


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("hello", r"asked for 'hello': it answered b'hello\\n', which is no JSON"),
        ("[]", r"asked for 'hello': it answered b'\[\]\\n'; expected \{\"ok\": …\}"),
        ('{"ok": 1}', "asked for 'answer': 1 validation error for Abilities"),
        (None, "asked for 'hello': it ended without an answer"),
    ],
)
async def test_an_adapter_that_goes_wrong(
    choose: Choose, tmp_path: Path, answer: str | None, words: str
) -> None:
    """The error says what it did."""
    program = tmp_path / "adapter.py"
    program.write_text("" if answer is None else f"input()\nprint({answer!r})\n")
    with pytest.raises(AdapterError, match=words):
        await play(choose("ok"), OtherHost(f"{sys.executable} {program}"))


@pytest.mark.parametrize(
    ("operation", "answer", "words"),
    [
        ("collect", {"refused": "no"}, "asked for 'collect': it answered"),
        ("collect", {"ok": [{"topic": "t", "data": "?"}]}, "Only base64 data is allowed"),
        ("settle", {"ok": [{"topic": "t"}]}, "acknowledged\n  Field required"),
        ("stop", {"refused": "no"}, "asked for 'stop': it answered"),
    ],
)
async def test_an_adapter_that_breaks_the_protocol(
    choose: Choose, tmp_path: Path, operation: str, answer: object, words: str
) -> None:
    """The scenario fails with what it did, and the run goes on to its end."""
    answers: dict[str, object] = {
        "hello": {"ok": {"name": "x[/y]", "broker": "none", "later": 1}},
        "collect": {"ok": []},
        "settle": {"ok": [{"topic": "t", "acknowledged": True}]},
    } | {operation: answer}
    program = tmp_path / "adapter.py"
    program.write_text(
        "import json, sys\n"
        "for line in sys.stdin:\n"
        f"    answers = {answers!r}\n"
        "    print(json.dumps(answers.get(json.loads(line)['op'], {'ok': None})), flush=True)\n"
    )
    results = await play(
        choose("ok", "error-without-words"), OtherHost(f"{sys.executable} {program}")
    )
    assert [result.status for result in results] == ["failed", "failed"]
    assert words in results[0].detail


async def test_an_adapter_that_dies(choose: Choose) -> None:
    """Its scenario fails, and the next ones are played by another process."""
    subject = OtherHost(f"{sys.executable} {liars.__file__} Dies")
    results = await play(choose("ok", "error-other", "trap-then-ok"), subject)
    assert {one.scenario.id: one.status for one in results} == {
        "ok": "passed",
        "error-other": "failed",
        "trap-then-ok": "passed",
    }


async def test_a_host_that_knows_only_what_it_acknowledged(choose: Choose) -> None:
    """It passes, in whatever order handlings end."""
    names = ("ok", "error-other", "trap", "spin", "memory-hog", "ask-trap", "ask-error")
    results = await play(choose(*names), liars.KnowsNothing("memory:"))
    assert {one.scenario.id for one in results if one.status == "failed"} == set()


async def test_an_adapter_that_is_not_there(choose: Choose) -> None:
    """The error names it."""
    with pytest.raises(AdapterError, match="cannot start the adapter 'nothing-there'"):
        await play(choose("ok"), OtherHost("nothing-there"))


async def test_an_adapter_that_refuses(choose: Choose, tmp_path: Path) -> None:
    """To refuse a component that should run is a failure with the host's words."""
    program = tmp_path / "adapter.py"
    program.write_text(
        "import json, sys\n"
        "for line in sys.stdin:\n"
        "    op = json.loads(line)['op']\n"
        "    answers = {'hello': {'ok': {'name': 'no', 'broker': 'none'}}, 'stop': {'ok': None}}\n"
        "    print(json.dumps(answers.get(op, {'refused': 'out of order'})), flush=True)\n"
    )
    (result,) = await play(choose("ok"), OtherHost(f"{sys.executable} {program}"))
    assert result.status == "failed"
    assert result.detail == "the host refused the component: out of order"
