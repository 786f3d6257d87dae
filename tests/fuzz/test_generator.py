"""Random components call every function of the interface, rightly and wrongly."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from wasi_messaging import _engine
from wasi_messaging.worlds import classify

from . import abi, component, damage, wit
from .oddities import INTRINSICS
from .pool import encode

EVERY = {function.name for each in wit.read().values() for function in each.functions}


def test_the_table_has_every_function() -> None:
    """As many as there are lines in the WIT that declare one."""
    for name, interface in wit.read().items():
        text = (wit.FOLDER / f"{name}.wit").read_text(encoding="utf-8")
        declared = re.findall(
            r"^\s*(?:[a-z-]+: (?:static )?func|constructor)\(", text, re.MULTILINE
        )
        assert len(interface.functions) == len(declared) > 0, name
    assert "[static]client.connect" in EVERY
    assert "[constructor]request-options" in EVERY
    assert "[method]message.add-metadata" in EVERY
    assert {"send", "request", "reply"} <= EVERY


def test_the_engine_knows_every_function_in_this_shape(tmp_path: Path) -> None:
    """A component that imports them all has nothing that the host does not give."""
    path = tmp_path / "all.wasm"
    path.write_bytes(_engine.parse_text(f"(component {abi.imports(EVERY)})"))
    _engine.compile(str(path), str(tmp_path / "all"))
    inspection = _engine.inspect(str(tmp_path / "all"))
    found = {name for functions in inspection.imports.values() for name in functions}
    assert found == EVERY
    assert inspection.unmet == []
    assert classify(inspection).refused == ()


def test_signatures_in_core_types() -> None:
    """Those of a pointer for the result, and those without."""
    lowered = {f.name: abi.lower(f) for each in wit.read().values() for f in each.functions}
    shapes = {name: (len(each.params), len(each.results)) for name, each in lowered.items()}
    assert shapes["request"] == (7, 0)
    assert shapes["send"] == (5, 0)
    assert shapes["[constructor]message"] == (2, 1)
    assert shapes["[method]message.metadata"] == (2, 0)
    assert lowered["[method]message.metadata"].allocates
    assert not lowered["[method]message.set-data"].allocates


def test_what_the_wit_reader_does_not_understand_it_refuses(tmp_path: Path) -> None:
    """It says where."""
    for name in wit.INTERFACES:
        text = (wit.FOLDER / f"{name}.wit").read_text(encoding="utf-8")
        (tmp_path / f"{name}.wit").write_text(text.replace("u32", "stream"), encoding="utf-8")
    with pytest.raises(ValueError, match=r"request-reply\.wit: the type 'stream' is not"):
        wit.read(tmp_path)


def test_random_components_call_everything_and_are_valid() -> None:
    """Each is a component, and together they leave nothing out."""
    called: set[str] = set()
    for number in range(200):
        text = component.write(random.Random(number)).text
        _engine.parse_text(text)
        called |= set(re.findall(r'\(import "host" "([^"]+)"', text))
    drops = {f"drop-{resource}" for resource in ("client", "message", "request-options")}
    assert called >= EVERY | drops
    assert INTRINSICS.keys() >= called - EVERY - drops
    assert len(called - EVERY - drops) > len(INTRINSICS) / 2


def test_the_same_seed_gives_the_same_component() -> None:
    """A campaign that found something can be had again."""
    first = component.write(random.Random(5)).text
    assert first == component.write(random.Random(5)).text
    assert first != component.write(random.Random(6)).text


@pytest.mark.parametrize(
    ("encoding", "content", "length"),
    [
        ("utf8", b"a\xc3\xa9", 3),
        ("utf16", b"a\x00\xe9\x00", 2),
        ("latin1+utf16", b"a\xe9", 2),
    ],
)
def test_texts_in_each_encoding(encoding: str, content: bytes, length: int) -> None:
    """Bytes, and the length as the canonical ABI counts it."""
    assert encode("aé", encoding) == (content, length)  # type: ignore[arg-type]


def test_the_sections_of_a_component_make_it_up() -> None:
    """What is shuffled are whole sections."""
    content = _engine.parse_text(component.write(random.Random(1)).text)
    parts = damage.sections(content)
    assert len(parts) > 10
    assert content == content[:8] + b"".join(parts)
