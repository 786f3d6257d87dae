"""Components of every shape, told apart by structure."""

from collections.abc import Callable
from pathlib import Path

import pytest

import shapes
from wasi_messaging import ComponentConfig, UnsupportedWorldError, _engine, revisions
from wasi_messaging.revisions import Revision
from wasi_messaging.worlds import World, classify, require_runnable

Inspect = Callable[[str], _engine.Inspection]

TARGET = shapes.component(
    shapes.types(), shapes.producer(), shapes.request_reply(), shapes.handler()
)
COMMAND = shapes.component(shapes.types(), shapes.producer(), shapes.run())


@pytest.fixture
def inspect(tmp_path: Path) -> Inspect:
    """Compiles a component from text and says what it is made of."""

    def inspect(text: str) -> _engine.Inspection:
        file, artifact = tmp_path / "guest.wasm", tmp_path / "guest.cwasm"
        file.write_bytes(_engine.parse_text(text))
        _engine.compile(str(file), str(artifact))
        return _engine.inspect(str(artifact))

    return inspect


def refused(world: World) -> str:
    """The only problem of a component."""
    (problem,) = world.problems
    assert world.kind == "unsupported"
    return problem


def test_a_handler(inspect: Inspect) -> None:
    """The target, with all it may import."""
    world = classify(inspect(TARGET))
    assert world.problems == ()
    assert world.kind == "handler"
    assert world.revision is revisions.TARGET
    assert "wasi:messaging/producer@0.2.0-draft" in world.imports
    assert world.exports == ("wasi:messaging/incoming-handler@0.2.0-draft",)
    assert world.refused == ()


@pytest.mark.parametrize("version", ["0.2.0", "0.2.9"])
def test_a_command(inspect: Inspect, version: str) -> None:
    """Any version 0.2 of wasi:cli/run."""
    world = classify(inspect(COMMAND.replace("run@0.2.0", f"run@{version}")))
    assert world.problems == ()
    assert world.kind == "command"


def test_a_handler_that_never_sends(inspect: Inspect) -> None:
    """It needs no producer."""
    assert classify(inspect(shapes.component(shapes.types(), shapes.handler()))).kind == "handler"


@pytest.mark.parametrize(
    ("text", "revision", "words"),
    [
        (
            shapes.component(shapes.records("", resources=False)),
            revisions.UNVERSIONED,
            "wasi:messaging (no version) of 2023-06-22 (f8b0bea), where clients and errors are",
        ),
        (
            shapes.component(shapes.records("@0.1.0", resources=True)),
            revisions.V0_1,
            "wasi:messaging@0.1.0 of 2024-01-18 (338f15d), where a message is a record",
        ),
        (
            shapes.component(shapes.records("@0.2.0-draft", resources=True)),
            revisions.RECORDS,
            "wasi:messaging@0.2.0-draft of 2024-02-20 (c2a7421), where a message is a record",
        ),
        (
            shapes.component(shapes.types("string"), shapes.handler(get_topics=True)),
            revisions.GET_TOPICS,
            "of 2024-10-30 (8f63bd5), where a handler exports get-topics",
        ),
        (
            shapes.component(shapes.types("string"), shapes.handler()),
            revisions.ALWAYS_TOPIC,
            "of 2024-11-07 (55c13e8), where a message always has a topic",
        ),
        (
            shapes.component(shapes.types(), shapes.request_reply(topic=False)),
            revisions.ALWAYS_TOPIC,
            "of 2024-11-07 (55c13e8), where a message always has a topic and a request names none",
        ),
        (
            shapes.component(shapes.types(setter="(result (result))")),
            revisions.FALLIBLE,
            "of 2024-12-05 (2df50fc), a proposed change, never merged",
        ),
        (
            shapes.component(shapes.types(async_=True)),
            revisions.ASYNC,
            "a fork that was never published, where the functions are async",
        ),
        (
            shapes.component(shapes.wasmcloud("0.3.0")),
            revisions.WASMCLOUD_0_3,
            "rebuild it for wasi:messaging@0.2.0-draft",
        ),
        (
            shapes.component(shapes.wasmcloud("0.3.0", async_=True)),
            revisions.WASMCLOUD_0_3_ASYNC,
            "where the functions are async and bodies are streams",
        ),
        (
            shapes.component(shapes.imported("wasi:messaging/types@0.3.0")),
            None,
            "built against wasi:messaging@0.3.0, a version this host does not know",
        ),
        (
            shapes.component(shapes.wasmcloud("0.1.0")),
            None,
            "built against wasmcloud:messaging@0.1.0, a version this host does not know",
        ),
        (
            shapes.component(shapes.types(), shapes.wasmcloud("0.3.0"), shapes.handler()),
            revisions.WASMCLOUD_0_3,
            "built against wasmcloud:messaging@0.3.0, the shape of wasi:messaging under another",
        ),
    ],
)
def test_another_shape(inspect: Inspect, text: str, revision: Revision | None, words: str) -> None:
    """Revision, date, what distinguishes it, what to do."""
    world = classify(inspect(text))
    problem = refused(world)
    assert revision is None or world.revision is revision
    assert words in problem
    assert "this host serves wasi:messaging@0.2.0-draft of 2024-12-04 (4ee59bb)" in problem
    assert "wit/" in problem


def test_wasmcloud(inspect: Inspect) -> None:
    """Its interface of version 0.2.0 is served, by itself and beside wasi:messaging."""
    wasmcloud = shapes.wasmcloud("0.2.0")
    text = shapes.component(wasmcloud, shapes.run())
    world = classify(inspect(text))
    assert (world.problems, world.kind, world.revision) == ((), "command", revisions.WASMCLOUD_0_2)
    # Its `request` takes no topic, which must not be taken for the other's.
    both = shapes.component(shapes.types(), wasmcloud, shapes.handler())
    world = classify(inspect(both))
    assert (world.problems, world.kind, world.revision) == ((), "handler", revisions.TARGET)


def test_wasmcloud_in_another_shape(inspect: Inspect) -> None:
    """The name alone does not decide."""
    text = shapes.wasmcloud("0.2.0").replace('(param "msg" $m)', '(param "m" $m)')
    world = classify(inspect(shapes.component(text, shapes.run())))
    assert refused(world) == (
        "it cannot be linked: wasmcloud:messaging/consumer@0.2.0 publish: the component wants "
        "`func(m: broker-message) -> result<_, string>`, this host gives "
        "`func(msg: broker-message) -> result<_, string>`"
    )


@pytest.mark.parametrize(
    "interface", ["runtime@0.2.0-draft", "store@0.2.0-draft", "store@0.2.0-rc.1"]
)
def test_configuration(inspect: Inspect, interface: str) -> None:
    """Each name that it had is given; another version of it is not."""
    name = "config-error" if interface.startswith("runtime") else "error"
    get = f"""(type $e (variant (case "upstream" string) (case "io" string)))
        (export "{name}" (type $error (eq $e)))
        (export "get" (func (param "key" string)
          (result (result (option string) (error $error)))))"""
    extra = shapes.imported(f"wasi:config/{interface}", get)
    world = classify(inspect(shapes.component(extra, shapes.types(), shapes.handler())))
    assert (world.problems, world.kind) == ((), "handler")
    assert [want.key for want in world.wants] == ["config"]
    extra = shapes.imported("wasi:config/store@0.3.0", get)
    world = classify(inspect(shapes.component(extra, shapes.types(), shapes.handler())))
    assert "it imports wasi:config/store@0.3.0, which this host does not give" in refused(world)


def with_http(version: str) -> str:
    """A handler that imports HTTP, whether it uses it or not."""
    fields = '(export "fields" (type (sub resource)))'
    extra = shapes.imported(f"wasi:http/types@{version}", fields)
    return shapes.component(extra, shapes.types(), shapes.handler())


def test_http_needs_a_grant(inspect: Inspect) -> None:
    """It can run, and is refused where the configuration does not say what it may reach."""
    path = Path("a/guest.wasm")
    inspection = inspect(with_http("0.2.10"))
    world = classify(inspection)
    assert (world.problems, world.kind) == ((), "handler")
    for hosts in ((), ("a.test",)):
        config = ComponentConfig(path=path, http=hosts)
        assert require_runnable(inspection, path=path, granted=("a", config)).handles
    with pytest.raises(UnsupportedWorldError) as caught:
        require_runnable(inspection, path=path, granted=("a", ComponentConfig(path=path)))
    assert str(caught.value) == (
        "a/guest.wasm: it imports wasi:http/types@0.2.10, and no hosts are granted to it: set "
        'http = ["api.example.org"] in [components.a] for the hosts that its requests may go to, '
        "or http = [] if it makes none; a JavaScript component for StarlingMonkey imports it "
        "whether it uses it or not: `jco componentize … -d http -d fetch-event`, or the QuickJS "
        "backend, builds one that does not"
    )


def test_no_messaging_at_all(inspect: Inspect) -> None:
    """A component that was built with its imports stubbed out looks like this."""
    problem = refused(classify(inspect("(component)")))
    assert "it imports no messaging and exports no handler, so there is nothing to run" in problem
    assert "leave out --stub-wasi" in problem


def test_an_ordinary_command(inspect: Inspect) -> None:
    """Something for another runtime."""
    problem = refused(classify(inspect(shapes.component(shapes.run()))))
    assert "it imports no messaging and exports no handler: an ordinary command" in problem


def test_a_library(inspect: Inspect) -> None:
    """Nothing could start it."""
    problem = refused(classify(inspect(shapes.component(shapes.types(), shapes.producer()))))
    assert "exports neither wasi:messaging/incoming-handler nor wasi:cli/run@0.2" in problem


@pytest.mark.parametrize(
    ("interface", "hint"),
    [
        ("wasi:http/types@0.3.0", "this host gives WASI 0.2: build it for that"),
        ("wasi:http/incoming-handler@0.2.0", "the command-line world and outgoing HTTP, no more"),
        ("wasi:keyvalue/store@0.2.0", "the command-line world and outgoing HTTP, no more"),
        (
            "wasmcloud:bus/lattice@1.0.0",
            "interfaces this host gives wasmcloud:messaging@0.2.0 only",
        ),
        ("wasi:clocks/monotonic-clock@0.3.0", "this host gives WASI 0.2: build it for that"),
        ("acme:things/api", "which this host does not give"),
    ],
)
def test_an_import_that_this_host_does_not_give(
    inspect: Inspect, interface: str, hint: str
) -> None:
    """It is named, with the likely reason."""
    extra = shapes.imported(interface, '(export "f" (func))')
    world = classify(inspect(shapes.component(extra, shapes.types(), shapes.handler())))
    problem = refused(world)
    assert problem.startswith(f"it imports {interface}")
    assert hint in problem
    assert world.refused[0].startswith(interface)


def test_a_function_that_the_interface_does_not_have(inspect: Inspect) -> None:
    """Also where the interface is the right one."""
    extra = '(export "send-many" (func))'
    text = TARGET.replace("(instance $producer", f"(instance $producer {extra}")
    assert "send-many" in refused(classify(inspect(text)))


def test_what_can_run_is_let_through(inspect: Inspect) -> None:
    """As handler and as command."""
    path = Path("guest.wasm")
    assert require_runnable(inspect(TARGET), path=path, handler=True).handles
    assert require_runnable(inspect(COMMAND), path=path, command=True).runs


@pytest.mark.parametrize(
    ("text", "needs", "words"),
    [
        (
            COMMAND,
            "handler",
            "cannot receive what it is subscribed to: run it with `wasi-messaging",
        ),
        (TARGET, "command", "so it is no command: give it a [components.NAME] entry"),
        ("(component)", "handler", "imports no messaging and exports no handler"),
    ],
)
def test_what_cannot_run_is_refused(inspect: Inspect, text: str, needs: str, words: str) -> None:
    """The error begins with the file."""
    with pytest.raises(UnsupportedWorldError) as caught:
        require_runnable(
            inspect(text),
            path=Path("a/guest.wasm"),
            handler=needs == "handler",
            command=needs == "command",
        )
    assert str(caught.value).startswith("a/guest.wasm: ")
    assert words in str(caught.value)
