"""What crosses the border badly harms nothing but itself.

Not among the project's own tests, since it is about the private module alone:
``pytest engine/python/tests``.
"""

from __future__ import annotations

import select
from pathlib import Path
from typing import Any

import pytest

from wasi_messaging import _engine as wire

ZOO = Path(__file__).parents[1] / "engine" / "core" / "tests" / "guests" / "zoo.wat"
GOOD = ("echo", b"hello", None, None)
LONE_SURROGATE = "\ud800"


class Host:
    """An engine with one component, answered by hand."""

    def __init__(self, folder: Path) -> None:
        component, artifact = folder / "zoo.wasm", folder / "zoo.cwasm"
        component.write_bytes(wire.parse_text(ZOO.read_text()))
        wire.compile(str(component), str(artifact))
        self.engine = wire.Engine()
        self.component = self.engine.load(
            str(artifact),
            "zoo",
            instances=4,
            memory=2**24,
            max_handles=1000,
            max_table_elements=1000,
            fuel=None,
            deadline=10.0,
            fresh=False,
            max_messages_per_instance=None,
            env=[],
            log_lines_per_second=100,
        )

    def item(self, handling: int, message: tuple[Any, ...] = GOOD) -> Any:
        """A handling, as `turn` wants it."""
        return (self.component, handling, *message)

    def finish(self, events: list[Any], answer: Any = None) -> dict[int, tuple[int, str]]:
        """Answer every operation until nothing is under way; return how handlings ended."""
        ended: dict[int, tuple[int, str]] = {}
        while True:
            ended |= {event[1]: event[2:4] for event in events if event[0] == wire.DONE}
            operations = [event[1] for event in events if event[0] < wire.DONE]
            if not operations and not self.engine.statistics(self.component)["running"]:
                return ended
            if not operations:
                select.select([self.engine.fileno()], [], [], 5)
            events = self.engine.turn([], [(operation, answer) for operation in operations])


@pytest.fixture
def host(tmp_path: Path) -> Host:
    """A host with the guest of many behaviours."""
    return Host(tmp_path)


@pytest.mark.parametrize(
    "message",
    [
        ("echo", "text", None, None),
        ("echo", memoryview(b"view"), None, None),
        (LONE_SURROGATE, b"", None, None),
        ("echo", b"", None, [("key", LONE_SURROGATE)]),
        ("echo", b"", None, [("key",)]),
        ("echo", b"", 5, None),
        ("echo",),
    ],
)
def test_a_bad_message_harms_no_other(host: Host, message: tuple[Any, ...]) -> None:
    """It ends with the engine's failure and the reason; those beside it are handled."""
    events = host.engine.turn([host.item(1), host.item(2, message), host.item(3)], [])
    ended = host.finish(events)
    assert ended.pop(1) == ended.pop(3) == (wire.OK, "")
    outcome, text = ended.pop(2)
    assert outcome == wire.ENGINE
    assert text.startswith("the message cannot be used: "), text


@pytest.mark.parametrize(
    "answer",
    [
        "text",
        5,
        (wire.OTHER,),
        (wire.OTHER, b"bytes"),
        (wire.OTHER, LONE_SURROGATE),
        (wire.TRAP, "no outcome of an operation"),
        (10**6, "no outcome"),
        [("topic", "text", None, None)],
        [("topic", memoryview(b"view"), None, None)],
        [5],
    ],
)
def test_a_bad_answer_fails_its_operation(host: Host, answer: Any) -> None:
    """The guest hears of it, and the answer beside it is taken."""
    events = host.engine.turn([host.item(1), host.item(2)], [])
    while len(events) < 2:  # a turn ends when its time is up, on a busy machine before the second
        events += host.engine.turn([], [])
    (first, second) = [event[1] for event in events]
    events = host.engine.turn([], [(first, answer), (second, None)])
    ended = host.finish(events)
    assert ended[1][0] != wire.OK
    assert ended[2] == (wire.OK, "")


def test_what_is_no_item_at_all_raises_before_anything_is_consumed(host: Host) -> None:
    """The caller can hand in the rest again."""
    with pytest.raises((TypeError, IndexError)):
        host.engine.turn([host.item(1), 5], [])  # type: ignore[list-item]
    with pytest.raises((TypeError, ValueError)):
        host.engine.turn([host.item(1)], [5])  # type: ignore[list-item]
    assert host.finish(host.engine.turn([host.item(1)], [])) == {1: (wire.OK, "")}


def test_close_ends_everything_once(host: Host) -> None:
    """What was under way is cancelled, what comes later is refused."""
    host.engine.turn([host.item(number) for number in range(6)], [])
    host.engine.close()
    events = host.engine.turn([host.item(7)], [(1, None)])
    ended = sorted(event[1:3] for event in events if event[0] == wire.DONE)
    assert ended == [*((number, wire.CANCELLED) for number in range(6)), (7, wire.ENGINE)]
    assert host.engine.turn([], []) == []
