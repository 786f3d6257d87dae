"""Programs of the benchmark: nothing of them is left, and none keeps a run waiting for ever."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest
from measure import child as children
from measure.child import Child
from measure.places import MissingError

WRAPPER = """
import subprocess, sys
inner = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(100)"])
print(inner.pid, flush=True)
inner.wait()
"""
SILENT = "import time; time.sleep(100)"
DEAF = "import os, time; os.close(1); time.sleep(100)"


def is_running(process: int) -> bool:
    """Whether it is there, and not only its entry in the table."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_what_a_wrapper_starts_ends_with_it() -> None:
    """Else it holds the output open, and whoever reads that waits."""
    begun = time.monotonic()
    with Child([sys.executable, "-c", WRAPPER]) as child:
        inner = int(child.answer())
        assert is_running(inner)
    until = time.monotonic() + 5
    while is_running(inner) and time.monotonic() < until:
        time.sleep(0.01)
    assert not is_running(inner)
    assert time.monotonic() - begun < 9


def test_who_is_never_ready_is_given_up() -> None:
    """One that hangs is missing; the others have their turns."""
    with (
        Child([sys.executable, "-c", SILENT]) as child,
        pytest.raises(MissingError, match=r"said nothing for 0\.3 s"),
    ):
        child.wait_ready(within=0.3)


def test_who_ends_says_why() -> None:
    """With its last line, as without a limit of time."""
    with (
        Child([sys.executable, "-c", "raise SystemExit('no such thing')"]) as child,
        pytest.raises(MissingError, match="it ended with 1: no such thing"),
    ):
        child.wait_ready()


def test_who_closes_its_output_and_stays_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the whole part would end with an error, and with it the turns of the others."""
    monkeypatch.setattr(children, "STOP_SECONDS", 0.3)
    with (
        Child([sys.executable, "-c", DEAF]) as child,
        pytest.raises(MissingError, match=r"did not end within 0\.3 s"),
    ):
        child.wait_ready()
