"""``check``: of components and of configurations."""

from __future__ import annotations

import json

import pytest

import shapes
from shell import Shell
from wasi_messaging import _engine

HANDLER = shapes.component(shapes.types(), shapes.producer(), shapes.handler())
OLD = shapes.component(shapes.types("string"), shapes.handler(get_topics=True))


def test_a_component(shell: Shell) -> None:
    """What it is, for people and for programs."""
    shell.write("guest.wasm", _engine.parse_text(HANDLER))
    text = shell.ok("check", "guest.wasm")
    assert "use        handler" in text
    assert "interface  wasi:messaging@0.2.0-draft of 2024-12-04 (4ee59bb)" in text
    assert "imports    wasi:messaging/producer@0.2.0-draft" in text
    listing = json.loads(shell.ok("check", "guest.wasm", "--json"))
    assert listing == {
        "file": "guest.wasm",
        "kind": "handler",
        "revision": {
            "package": "wasi:messaging@0.2.0-draft",
            "commit": "4ee59bb",
            "date": "2024-12-04",
        },
        "imports": ["wasi:messaging/producer@0.2.0-draft", "wasi:messaging/types@0.2.0-draft"],
        "exports": ["wasi:messaging/incoming-handler@0.2.0-draft"],
        "refused": [],
        "wants": {},
        "problems": [],
    }


def test_an_older_component(shell: Shell) -> None:
    """It is named, with what to do; the listing is there all the same."""
    shell.write("guest.wasm", _engine.parse_text(OLD))
    done = shell.run("check", "guest.wasm", "--json")
    assert done.returncode == 4
    assert json.loads(done.stdout)["revision"]["commit"] == "8f63bd5"
    assert "guest.wasm: built against wasi:messaging@0.2.0-draft of 2024-10-30" in done.stderr
    assert "rebuild it with the WIT of 2024-12-04" in done.stderr


@pytest.mark.parametrize("name", ["guest.wasm", "guest.toml"])
def test_what_a_file_is_decides_its_content(shell: Shell, name: str) -> None:
    """A component stays one under any name."""
    shell.write(name, _engine.parse_text(HANDLER))
    assert "use        handler" in shell.ok("check", name)


def test_what_is_no_component(shell: Shell) -> None:
    """Cut off in the middle, and not there."""
    shell.write("guest.wasm", _engine.parse_text(HANDLER)[:200])
    assert "guest.wasm is not a valid component" in shell.fails(4, "check", "guest.wasm")
    assert "none.wasm" in shell.fails(4, "check", "none.wasm")


def test_a_configuration(shell: Shell) -> None:
    """Nothing is connected unless asked for."""
    shell.write("guest.wasm", _engine.parse_text(HANDLER))
    shell.write(
        "messaging.toml",
        '[components.alerts]\npath = "guest.wasm"\nsubscriptions = [{ topic = "a" }]\n',
    )
    assert "component alerts: handler" in shell.ok("check", "messaging.toml")
    assert not (shell.folder / ".wasi-messaging").exists()
    listing = json.loads(shell.ok("check", "messaging.toml", "--connect", "--json"))
    assert listing["components"] == {"alerts": "handler"}
    assert listing["clients"]["default"].endswith(", connected")
    assert listing["problems"] == []


def greedy() -> bytes:
    """A handler whose imports ask for all there is to grant."""
    resource = '(export "{}" (type (sub resource)))'
    return _engine.parse_text(
        shapes.component(
            shapes.imported("wasi:http/types@0.2.3", resource.format("fields"), alias="$a"),
            shapes.imported("wasi:sockets/network@0.2.3", resource.format("network"), alias="$b"),
            shapes.imported("wasi:filesystem/types@0.2.3", resource.format("descriptor")),
            shapes.types(),
            shapes.handler(),
        )
    )


def test_what_a_component_wants(shell: Shell) -> None:
    """Each kind of import with the key that grants it."""
    shell.write("guest.wasm", greedy())
    text = shell.ok("check", "guest.wasm")
    assert "use        handler" in text
    assert '  wants      http: http = ["api.example.org"] in its table\n' in text
    sockets = 'sockets: sockets = ["db.example.org:5432"] in its table, if it uses it'
    assert f"  wants      {sockets}\n" in text
    assert "  wants      files: files = [{" in text
    assert json.loads(shell.ok("check", "guest.wasm", "--json"))["wants"] == {
        "http": 'http = ["api.example.org"]',
        "sockets": 'sockets = ["db.example.org:5432"]',
        "files": 'files = [{ path = "data", guest = "/data" }]',
    }


def test_what_a_configuration_does_not_grant(shell: Shell) -> None:
    """Of HTTP it is an error; the rest the component may not need."""
    shell.write("guest.wasm", greedy())
    table = 'clients.default.url = "memory:"\n[components.alerts]\npath = "guest.wasm"\n'
    shell.write("messaging.toml", table)
    errors = shell.fails(4, "check", "messaging.toml")
    assert 'set http = ["api.example.org"] in [components.alerts]' in errors
    shell.write("messaging.toml", table + "http = []\n")
    listed = shell.ok("check", "messaging.toml")
    assert "  component alerts: handler; not granted: sockets, files\n" in listed
    listing = json.loads(shell.ok("check", "messaging.toml", "--json"))
    assert listing["components"] == {"alerts": "handler"}
    assert listing["not_granted"] == {"alerts": ["sockets", "files"]}
    shell.write(
        "messaging.toml",
        table + 'http = []\nsockets = ["a:1"]\nfiles = [{ path = ".", guest = "/a" }]\n',
    )
    assert "  component alerts: handler\n" in shell.ok("check", "messaging.toml")


def test_every_problem_of_a_configuration(shell: Shell) -> None:
    """Components are all looked at, clients too."""
    shell.write("old.wasm", _engine.parse_text(OLD))
    shell.write("empty.wasm", "")
    shell.write(
        "messaging.toml",
        '[clients.default]\nurl = "nats://127.0.0.1:1"\n'
        '[components.a]\npath = "old.wasm"\n[components.b]\npath = "empty.wasm"\n',
    )
    errors = shell.fails(4, "check", "messaging.toml", "--connect")
    assert "old.wasm: built against" in errors
    assert "empty.wasm is empty" in errors
    assert "client 'default': cannot connect to nats://127.0.0.1:1" in errors


def test_a_configuration_with_mistakes(shell: Shell) -> None:
    """Status 3, a line each."""
    shell.write("messaging.toml", "[components.alerts]\npth = 'a.wasm'\ninstances = 0\n")
    assert shell.fails(3, "check", "messaging.toml") == (
        "error: messaging.toml:1: components.alerts.path: missing; "
        'for example: path = "alerts.wasm"\n'
        'messaging.toml:2: components.alerts.pth: unknown key; did you mean "path"?\n'
        "messaging.toml:3: components.alerts.instances: expected at least 1, got 0; "
        "for example: instances = 16\n"
    )
    assert "none.toml: no such file" in shell.fails(3, "check", "none.toml")
