"""Where a letter may have its message published: not wherever whoever wrote it says."""

from __future__ import annotations

import json

import pytest

from .office import Office

SECOND = """
[clients.second]
url = "memory:"
[clients.unused]
url = "nats://127.0.0.1:1"
[components.pager]
path = "nor-this.wasm"
subscriptions = [{{ topic = "{name}.pages", client = "second" }}]
"""


def test_topics_that_no_subscription_takes(office: Office) -> None:
    """Such a letter stays, and the reason is told; the others are replayed."""
    name = office.name
    office.post(
        *(office.letter(f"good{item}", topic=f"{name}.{item}") for item in ("plain", "more.a.b")),
        office.letter("bad1", topic=f"{name}.secret"),
        office.letter("bad2", topic=f"{name}.plain.too"),
        office.letter("bad3", topic=""),
    )
    done = office.letters("replay", "--all")
    assert (done.status, done.output) == (1, "replayed 2 dead letters\n")
    _, *reasons = done.errors.splitlines()
    hint = (
        "name another topic with --to, another client with --to-client, or add --trust to believe "
        "the letter"
    )
    refused = f"no subscription of messaging.toml takes '{name}.{{}}' of client 'default'; {hint}"
    assert sorted(reasons) == [
        "  bad1: " + refused.format("secret"),
        "  bad2: " + refused.format("plain.too"),
        "  bad3: the letter does not tell its topic; --to names one",
    ]
    assert sorted(office.listed()) == ["bad1", "bad2", "bad3"]
    assert office.received(f"{name}.secret", 0) == []


def test_to_a_topic(office: Office) -> None:
    """What the command line names counts."""
    office.post(office.letter("aaaa", topic=f"{office.name}.secret"), office.letter("bbbb"))
    again = f"{office.name}.again"
    assert office.ok("replay", "--all", "--to", again) == "replayed 2 dead letters\n"
    assert len(office.received(again, 2)) == 2


def test_trusted(office: Office) -> None:
    """Then the letter decides."""
    office.post(office.letter("aaaa", topic=f"{office.name}.secret"))
    assert office.ok("replay", "a", "--trust") == "replayed 1 dead letter\n"
    assert len(office.received(f"{office.name}.secret", 1)) == 1


def test_clients(office: Office) -> None:
    """A topic is that of one client, and no client is connected because a letter says so."""
    office.configure(SECOND.format(name=office.name))
    pages, again = f"{office.name}.pages", f"{office.name}.again"
    office.post(
        office.letter("aaaa", client="second", topic=pages),
        office.letter("bbbb", client="default", topic=pages),
        office.letter("cccc", client="unused"),
        office.letter("dddd", client="second", topic=office.original),
    )
    done = office.letters("replay", "--all", "--json")
    assert done.status == 1
    result = json.loads(done.output)
    errors = {item["id"]: item["error"] for item in result["errors"]}
    assert result["replayed"] == 1
    assert sorted(errors) == ["bbbb", "cccc", "dddd"]
    assert all("no subscription of messaging.toml takes" in error for error in errors.values())
    # Named alone, a topic does not make every client right, nor a client every topic.
    complaint = office.fails(1, "replay", "c", "--to", again)
    assert "  cccc: neither a subscription nor the letter itself is on client 'unused'" in complaint
    assert "takes" in office.fails(1, "replay", "b", "--to-client", "unused")
    office.ok("replay", "b", "--to-client", "second")
    office.ok("replay", "c", "--to-client", "default")
    office.ok("replay", "d", "--to", again)
    assert office.listed() == []


@pytest.mark.parametrize("configured", [False, True])
def test_without_subscriptions(office: Office, configured: bool) -> None:
    """Nothing says where messages may go: the command line must."""
    office.post(*map(office.letter, ("aaaa", "bbbb")), office.letter("cccc", client="old"))
    folder = office.folder if configured else office.shared
    if configured:
        directory = office.shared / ".wasi-messaging"
        text = f'[clients.default]\nurl = "embedded:"\ndirectory = "{directory}"\n'
        office.shell.write("messaging.toml", text)
    errors = office.fails(2, "replay", "--all", folder=folder)
    said = "messaging.toml has no subscription" if configured else "there is no configuration"
    assert f"error: {said} that says where messages may go; name the topic with --to, " in errors
    assert "which letters?" in office.fails(2, "replay", folder=folder)
    again = f"{office.name}.again"
    assert office.ok("replay", "a", "--to", again, folder=folder) == "replayed 1 dead letter\n"
    assert office.ok("replay", "b", "--trust", folder=folder) == "replayed 1 dead letter\n"
    assert "no client 'old'" in office.fails(1, "replay", "c", "--trust", folder=folder)
    assert office.ok("discard", "c", folder=folder) == "discarded 1 dead letter\n"
