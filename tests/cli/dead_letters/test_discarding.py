"""``discard``: for good, and so not by mistake."""

from __future__ import annotations

import json

from .office import Office


def test_discard(office: Office) -> None:
    """``--all`` needs a yes, from the command line or a terminal."""
    office.post(office.letter("aaaa"), office.letter("bbbb"))
    assert "add --yes" in office.fails(2, "discard", "--all")
    status, shown = office.on_a_terminal("n\n", "discard", "--all")
    assert status == 1
    assert f"Discard every dead letter on {office.topic}, for good? [y/N]" in shown
    assert "nothing was discarded" in shown
    assert office.listed() == ["aaaa", "bbbb"]
    status, shown = office.on_a_terminal("y\n", "discard", "--all")
    assert (status, office.listed()) == (0, [])
    assert "discarded 2 dead letters" in shown
    office.post(office.letter("cccc"))
    shown = office.shell.ok("dead-letters", "discard", "--all", "--yes", *office.on, "--json")
    assert json.loads(shown) == {"discarded": 1, "failed": 0, "errors": [], "newer": 0}
