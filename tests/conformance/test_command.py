"""The command ``wasi-messaging conformance``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

from shell import Shell

ROOT = Path(__file__).parent.parent


def test_a_report_for_people_and_one_for_programs(
    shell: Shell, folder: Path, tmp_path: Path
) -> None:
    """A table, the choices in words; JUnit XML beside it."""
    junit = tmp_path / "report.xml"
    names = ("ok", "send-denied", "echo-text")
    options = ("--suite", str(folder), "--language", "c", "--junit", str(junit))
    text = shell.ok("conformance", *options, *names)
    assert "2 passed, 1 chosen, 0 failed, 0 not applicable" in text
    assert "send-denied: permission-denied (c)" in text
    cases = {case.get("name"): case for case in ET.parse(junit).iter("testcase")}
    assert set(cases) == set(names)
    assert cases["send-denied"].findtext("system-out") == "chose: permission-denied"


def test_json(shell: Shell, folder: Path) -> None:
    """Everything, on standard output alone."""
    shown = shell.ok("conformance", "--suite", str(folder), "--language", "c", "--json", "ok")
    report = json.loads(shown)
    assert report["counts"] == {"passed": 1}
    assert report["results"][0]["scenario"] == "ok"
    assert report["host"]["name"].startswith("wasi-messaging ")


def test_a_failure(shell: Shell, folder: Path, tmp_path: Path) -> None:
    """The status is 1, and every report says what was expected and what came."""
    junit = tmp_path / "report.xml"
    liar = f"{sys.executable} {ROOT / 'conformance' / 'liars.py'} Acknowledges"
    options = ("--suite", str(folder), "--language", "c", "--junit", str(junit))
    ran = shell.run("conformance", *options, "--host", liar, "error-other")
    assert ran.returncode == 1
    words = "handling 1: expected other, got other-but-acknowledged ('its words')"
    assert words in ran.stdout
    assert "1 of 1 are not as the interface says" in ran.stderr
    (failure,) = ET.parse(junit).iter("failure")
    assert failure.get("message") == words


def test_the_list(shell: Shell, folder: Path) -> None:
    """Each scenario with what it checks."""
    text = shell.ok("conformance", "--suite", str(folder), "--list")
    assert "ask-three" in text
    assert "when the time is over, the replies that came are the result" in text


def test_usage(shell: Shell, folder: Path) -> None:
    """What does not fit together, or is not there, is refused with words."""
    suite = ("--suite", str(folder))
    both = shell.run("conformance", *suite, "--broker", "memory:", "--host", "x")
    assert (both.returncode, "give one of them" in both.stderr) == (2, True)
    unknown = shell.run("conformance", *suite, "nothing")
    assert (unknown.returncode, "no scenario nothing; --list shows them" in unknown.stderr) == (
        2,
        True,
    )
    nowhere = shell.run("conformance", "--suite", "/nowhere")
    assert nowhere.returncode == 3
    assert "/nowhere has no scenarios: --suite names the folder conformance/" in nowhere.stderr
