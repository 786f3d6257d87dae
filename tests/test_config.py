"""``messaging.toml``: what is accepted, and how each mistake is reported."""

import json
from pathlib import Path

import pytest

from wasi_messaging import Config, ConfigError
from wasi_messaging.config import ComponentConfig

MEMORY = '[clients.default]\nurl = "memory:"\n'


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a component file, which is the current one."""
    tmp_path.joinpath("alerts.wasm").touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def problems(text: str) -> list[str]:
    """What is wrong with a text, a line each."""
    with pytest.raises(ConfigError) as caught:
        Config.parse(MEMORY + text if "clients.default" not in text else text)
    return str(caught.value).splitlines()


def alerts(text: str) -> list[str]:
    """What is wrong with the component ``alerts``; its table starts in line 3."""
    return problems('[components.alerts]\npath = "alerts.wasm"\n' + text)


def test_everything_that_can_be_said(folder: Path) -> None:
    """Every key, written as in the documentation."""
    config = Config.parse("""
        drain = "1m"
        [clients.default]
        url = "memory:"
        lease = 5
        [clients.telemetry]
        url = "memory:telemetry"
        [components.alerts]
        path = "alerts.wasm"
        instances = 8
        isolation = "message"
        memory = "32MiB"
        deadline = "5s"
        max_messages_per_instance = 1000
        max_message_size = "1MiB"
        env = { THRESHOLD = "4.5" }
        log_lines_per_second = 10
        [[components.alerts.subscriptions]]
        client = "telemetry"
        topic = "sensors.*.temperature"
        group = "watchers"
        max_in_flight = 32
        retry = { attempts = 3, initial = "200ms" }
        [components.alerts.permissions]
        default.send = ["alerts.>"]
        default.request = ["geo.lookup"]
    """)
    component = config.components["alerts"]
    assert config.drain == 60
    assert config.clients["default"].lease == 5  # type: ignore[attr-defined]
    assert component.path == folder / "alerts.wasm"
    assert component.memory == 32 * 2**20
    assert component.deadline == 5
    assert component.env == {"THRESHOLD": "4.5"}
    assert component.subscriptions[0].retry.attempts == 3
    assert component.subscriptions[0].retry.pause(1) == 0.2
    assert component.permissions["default"].send == ("alerts.>",)


def test_paths_start_at_the_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever the program was started."""
    file = folder / "messaging.toml"
    file.write_text(MEMORY + '[components.alerts]\npath = "alerts.wasm"\n')
    monkeypatch.chdir("/")
    config = Config.load(file)
    assert config.components["alerts"].path == folder / "alerts.wasm"
    assert config.folder == folder


def test_from_a_dictionary(folder: Path) -> None:
    """The same structure; text is taken as it is, checked objects too."""
    values = {
        "clients": {"default": {"url": "memory:"}},
        "components": {"alerts": {"path": "alerts.wasm", "env": {"A": "${NOT_REPLACED}"}}},
    }
    config = Config.from_dict(values)
    assert config.components["alerts"].env == {"A": "${NOT_REPLACED}"}
    again = Config.from_dict({"clients": config.clients, "components": config.components})
    assert again.components == config.components
    assert again.clients == config.clients


def test_without_clients_the_default_is_embedded() -> None:
    """So that the first steps need no configuration."""
    assert Config.from_dict({}).clients["default"].url == "embedded:"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("instnaces = 8", 'instnaces: unknown key; did you mean "instances"?'),
        ("subscriptions = [{ topci = 'a', topic = 'a' }]", "subscriptions[0].topci: unknown key"),
        ('instances = "many"', 'expected a whole number, got "many"; for example: instances = 16'),
        ("instances = true", "expected a whole number, got true; for example: instances = 16"),
        ("instances = 1.5", "expected a whole number, got 1.5; for example: instances = 16"),
        ("instances = 0", "expected at least 1, got 0; for example: instances = 16"),
        ('memory = "1KiB"', 'expected at least "64KiB", got 1024; for example: memory = "64MiB"'),
        ('memory = "64M"', "memory: write MiB (powers of 1024) or MB (powers of 1000)"),
        ("deadline = 0", 'expected more than "0s", got 0; for example: deadline = "30s"'),
        ('deadline = "soon"', "deadline: expected a duration: seconds, or text such as"),
        ('isolation = "process"', 'expected "instance" or "message", got "process"'),
        ("env = { A = 5 }", "env.A: expected text, got a number; put it in quotes"),
        ("subscriptions = [{}]", 'topic: missing; for example: topic = "sensors.*.temperature"'),
        ("subscriptions = [{ topic = '' }]", "topic: expected text that is not empty, got"),
        ("subscriptions = 'a'", 'subscriptions: expected a list, got "a"; for example:'),
        ("subscriptions = [{ topic = 'a.>.b' }]", "pattern 'a.>.b': '>' may only stand at the end"),
        ("subscriptions = [{ topic = 'a', start = 'all' }]", 'use start = "new"'),
        ("subscriptions = [{ topic = 'a', client = 'defualt' }]", 'did you mean "default"?'),
        ("subscriptions = [{ topic = 'a' }, { topic = 'a' }]", "the same client, topic and group"),
        (
            f"subscriptions = [{{ topic = 'a', retry = {{ factor = {10**400} }} }}]",
            "retry.factor: expected a smaller number",
        ),
        ("permissions.default.send = 'a'", "permissions.default.send: expected a list"),
        ("permissions.default.send = ['a b']", "permissions.default.send[0]: pattern 'a b'"),
        ("permissions.default.recieve = []", "known keys: send, request"),
        ("permissions.other.send = ['a']", "no client 'other'; the clients are: default"),
    ],
)
def test_a_mistake_in_a_component(text: str, problem: str) -> None:
    """Place, what was expected, what there is, an example or the nearest name."""
    (line,) = alerts(text)
    assert line.startswith("messaging.toml:5: components.alerts.")
    assert problem in line


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("colour = 1\n" + MEMORY, "colour: unknown key; known keys: clients, components, drain"),
        ("folder = '/'\n" + MEMORY, "folder: unknown key"),
        ("drain = '2h'\n" + MEMORY, 'drain: expected at most "1h", got'),
        ("clients = 5 # clients.default", "clients: expected a table of tables, [clients.NAME]"),
        ("[clients]\nother = 5", "clients.other: expected a table, got a number"),
        ("[clients.other]", 'clients.other.url: missing; for example: url = "embedded:"'),
        ("[clients.other]\nurl = 5", "clients.other.url: expected text, got a number"),
        ("[clients.other]\nurl = 'there'", "a broker's url starts with a scheme; known: "),
        ("[clients.other]\nurl = 'memroy:'", "no broker for 'memroy'; did you mean 'memory'?"),
        ("[clients.other]\nurl = 'memory:'\nleas = 5", 'leas: unknown key; did you mean "lease"?'),
        ("[clients.' ']\nurl = 'memory:'", "a client's name is text on one line"),
        (
            "[components.alerts]",
            'components.alerts.path: missing; for example: path = "alerts.wasm',
        ),
        ("[components.'a b']\npath = 'alerts.wasm'", 'components."a b": not a component\'s name'),
        ("[components.alerts]\npath = 'alert.wasm'", "alert.wasm; build the component"),
        ("[components.alerts]\npath = 'a\ud800.wasm'", "not a path: "),
        ('[components.alerts]\npath = "a\\u0000.wasm"', "a\\x00.wasm'; name the component's .wasm"),
        ("[components.alerts]\npath = '.'", "components.alerts.path: not a file: "),
    ],
)
def test_a_mistake_elsewhere(text: str, problem: str) -> None:
    """At the top level, in clients, and in names."""
    (line,) = problems(text)
    assert problem in line


def test_every_mistake_is_reported_in_the_order_of_the_file() -> None:
    """One run shows all there is to correct."""
    found = problems(
        'drain = "soon"\n[clients.default]\nurl = "memory:"\nleas = 1\n'
        '[components.a]\npath = "none.wasm"\ninstnaces = 1\ninstances = "x"\n'
        '[components.b]\npath = "alerts.wasm"\npermissions.other.send = []\n'
    )
    assert [line.split(": ")[:2] for line in found] == [
        ["messaging.toml:1", "drain"],
        ["messaging.toml:4", "clients.default.leas"],
        ["messaging.toml:6", "components.a.path"],
        ["messaging.toml:7", "components.a.instnaces"],
        ["messaging.toml:8", "components.a.instances"],
        ["messaging.toml:11", "components.b.permissions.other"],
    ]


def test_no_secret_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither what clients hold, nor what came from the environment."""
    monkeypatch.setenv("PASSWORD", "hunter22")
    text = (
        '[clients.other]\nurl = "memroy://user:${PASSWORD}@h"\n[clients.more]\nurl = "memory:"\n'
        'lease = "${PASSWORD}"\npublish_timeout = "swordfish"\n[components.alerts]\n'
        'path = "alerts.wasm"\ninstances = "${PASSWORD}"\nenv = { A = ["swordfish"] }\n'
        'config = { a = ["swordfish"] }\n'
    )
    found = problems(text)
    assert len(found) == 6
    assert "hunter22" not in str(found)
    assert "swordfish" not in str(found)


def test_settings_with_secrets_are_not_in_the_repr() -> None:
    """A configuration may be logged."""
    config = Config.from_dict({"clients": {"default": {"url": "memory:hunter22"}}})
    assert "hunter22" not in repr(config)
    assert "hunter22" not in repr(ComponentConfig(path=Path("a"), env={"A": "hunter22"}))
    assert "hunter22" not in repr(ComponentConfig(path=Path("a"), config={"a": "hunter22"}))


def test_the_json_schema_names_every_key() -> None:
    """Clients are what the installed brokers accept."""
    schema = Config.json_schema()
    assert sorted(schema["properties"]) == [
        *("clients", "components", "drain", "max_bytes_in_flight", "metrics")
    ]
    assert json.loads(json.dumps(schema)) == schema
    settings = [
        ref["$ref"] for ref in schema["properties"]["clients"]["additionalProperties"]["anyOf"]
    ]
    assert "#/$defs/MemorySettings" in settings
