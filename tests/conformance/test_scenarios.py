"""The scenario files, and what is wrong with others."""

from __future__ import annotations

from pathlib import Path

import pytest

from wasi_messaging import ConfigError
from wasi_messaging.conformance.run import Suite
from wasi_messaging.conformance.scenarios import load

GOOD = 'title = "T"\n[[scenario]]\nid = "a"\nchecks = "c"\npublish = [{ case = "a" }]\n'
CHOICE = "[[scenario.choices]]\nhandled = []\n"
EXPECT = 'expect.handled = ["ok"]\n'


def test_every_function_of_the_interface_is_checked(root: Path) -> None:
    """Each is named by some scenario."""
    checks = " ".join(one.checks for group in load(root / "conformance").values() for one in group)
    for name in (
        *("connect", "disconnect", "topic", "content-type", "set-content-type", "data"),
        *("set-data", "metadata", "add-metadata", "set-metadata", "remove-metadata", "send"),
        *("set-timeout-ms", "set-expected-replies", "request", "reply", "handle", "constructor"),
    ):
        assert name in checks, name


def test_there_are_about_a_hundred(root: Path) -> None:
    """And no two of one name, which loading checks."""
    assert sum(map(len, load(root / "conformance").values())) >= 100


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (GOOD, "say `expect`, or several `choices`"),
        (GOOD + EXPECT + CHOICE, "say `expect`, or several"),
        (GOOD + CHOICE, "each of the `choices` needs its `choice`"),
        (GOOD + EXPECT + "colour = 1\n", "scenario a, colour: Extra inputs are not permitted"),
        (
            GOOD.replace('"a"\nchecks', '"A b"\nchecks') + EXPECT,
            "scenario A b, id: String should match",
        ),
        (GOOD.replace('case = "a"', 'case = "a b"') + EXPECT, "scenario a, publish, 0, case: "),
        (GOOD + 'expect.handled = ["banana"]\n', "no ending banana; there are ok, timeout"),
        (GOOD.replace('case = "a"', 'base64 = "!!!"') + EXPECT, "Only base64 data is allowed"),
        (
            GOOD.replace('case = "a"', 'data = { repeat = "x", times = 99999999999 }') + EXPECT,
            "a text has 0 to 67,108,864 characters",
        ),
        ("title = ", "Invalid value (at end of document)"),
    ],
)
def test_a_file_that_cannot_be_used(tmp_path: Path, text: str, words: str) -> None:
    """The error names the file and what is wrong."""
    path = tmp_path / "scenarios" / "one.toml"
    path.parent.mkdir()
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load(tmp_path)
    assert str(caught.value).startswith(f"{path}: ")
    assert words in str(caught.value)


def test_two_scenarios_of_one_name(tmp_path: Path) -> None:
    """Are refused, also from two files."""
    (tmp_path / "scenarios").mkdir()
    for name in ("one", "two"):
        (tmp_path / "scenarios" / f"{name}.toml").write_text(GOOD + EXPECT)
    with pytest.raises(ConfigError, match="several scenarios are called a"):
        load(tmp_path)


def test_components_that_are_not_built(tmp_path: Path) -> None:
    """The error says how to build them."""
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "one.toml").write_text(GOOD + EXPECT)
    groups = load(tmp_path)
    with pytest.raises(ConfigError, match=r"build the suite with `python .*/build.py`"):
        Suite(tmp_path, groups)
    (tmp_path / "build" / "other").mkdir(parents=True)
    (tmp_path / "build" / "other" / "c.wasm").write_bytes(b"")
    with pytest.raises(ConfigError, match="no component in rust; built: c"):
        Suite(tmp_path, groups, ["rust"])
    with pytest.raises(ConfigError, match=r"cases has no components: build the suite"):
        Suite(tmp_path, groups)


def test_a_choice_of_nothing(folder: Path) -> None:
    """A run that would play nothing is refused."""
    only = {"one": tuple(one for one in load(folder)["Handles and memory"] if one.id == "keep")}
    with pytest.raises(ConfigError, match="no component in the chosen languages plays"):
        Suite(folder, only, ["wat"])
