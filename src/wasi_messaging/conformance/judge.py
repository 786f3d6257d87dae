"""Whether what came out of a scenario is what it expects, and in words what is not."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from ..message import Message
from . import scenarios
from .protocol import Settled
from .scenarios import Expectation, Scenario

Status = Literal["passed", "chosen", "failed", "not-applicable"]
"""``chosen``: the interface leaves a choice, and the host made one of those known."""

MAX_SHOWN = 60
"""Bytes or characters of a body or value that are shown."""


@dataclass(slots=True)
class Evidence:
    """What came out of a scenario.

    Attributes:
        messages: what was collected.
        settled: the handlings that ended.
        refused: why the host refused the component; ``""``: it did not.
        unpublished: why the broker refused the first message; ``""``: it did not.
    """

    messages: Sequence[Message] = ()
    settled: Sequence[Settled] = ()
    refused: str = ""
    unpublished: str = ""


@dataclass(slots=True)
class Verdict:
    """The judgement.

    Attributes:
        choice: the choice that was made, where there is one.
        differences: what is not as expected; none: all is.
    """

    choice: str = ""
    differences: list[str] = field(default_factory=list)

    @property
    def status(self) -> Status:
        """In a word."""
        return "failed" if self.differences else "chosen" if self.choice else "passed"

    @property
    def detail(self) -> str:
        """The choice that was made, or what is not as expected."""
        return self.choice or "\n".join(self.differences)


def judge(scenario: Scenario, evidence: Evidence) -> Verdict:
    """Which expectation is met, or what the first one misses."""
    for expected in scenario.expectations:
        if not list(_differences(scenario, expected, evidence)):
            return Verdict(expected.choice)
    first = scenario.expectations[0]
    differences = list(_differences(scenario, first, evidence))
    if scenario.choices:
        names = ", ".join(f"{one.choice!r}" for one in scenario.choices)
        differences.insert(0, f"none of the known choices ({names}); compared with the first:")
    return Verdict("", differences)


def _differences(scenario: Scenario, expected: Expectation, evidence: Evidence) -> Iterable[str]:
    if bool(evidence.refused) != expected.refused:
        yield (
            f"the host refused the component: {evidence.refused}"
            if evidence.refused
            else "the host did not refuse the component"
        )
        return
    if bool(evidence.unpublished) != expected.unpublished:
        yield (
            f"the broker refused the message: {evidence.unpublished}"
            if evidence.unpublished
            else "the broker did not refuse the message"
        )
        return
    yield from _compare(
        "message",
        [_spelled(one) for one in expected.messages],
        [spell(one.data, one.content_type, one.metadata) for one in evidence.messages],
        "messages" in scenario.unordered,
        lambda wanted, got: wanted == got,
    )
    yield from _compare(
        "handling",
        list(expected.handled),
        [_ending(one) for one in evidence.settled],
        "handled" in scenario.unordered,
        _is_among,
    )
    texts = [one.text for one in evidence.settled]
    for index, (wanted, got) in enumerate(zip(expected.texts, texts, strict=False), 1):
        if got not in (wanted, ""):  # a host may not know the words
            yield f"handling {index}: expected the words {wanted!r}, got {got!r}"


def _compare(
    what: str,
    wanted: list[str],
    got: list[str],
    unordered: bool,
    same: Callable[[str, str], bool],
) -> Iterable[str]:
    if unordered:
        wanted, got = _without_pairs(wanted, got, same)
    for index, (one, other) in enumerate(zip(wanted, got, strict=False), 1):
        if not same(one, other):
            yield f"{what} {index}: expected {one}, got {other}"
    for index, one in enumerate(wanted[len(got) :], len(got) + 1):
        yield f"{what} {index}: expected {one}, got none"
    for index, other in enumerate(got[len(wanted) :], len(wanted) + 1):
        yield f"{what} {index}: expected none, got {other}"


def _without_pairs(
    wanted: list[str], got: list[str], same: Callable[[str, str], bool]
) -> tuple[list[str], list[str]]:
    """What is left on both sides; what can be matched in fewest ways is matched first."""
    missing: list[str] = []
    left = sorted(got, key=_is_vague)
    for one in sorted(wanted, key=lambda one: one.count("|")):
        match = next((other for other in left if same(one, other)), None)
        if match is None:
            missing.append(one)
        else:
            left.remove(match)
    return missing, left


def _is_vague(ending: str) -> bool:
    return ending.startswith("failed")


def _is_among(wanted: str, got: str) -> bool:
    """Whether an ending is one of the alternatives; ``failed`` is of a host that cannot tell."""
    ending = got.partition(" ")[0]
    return ending in wanted.split("|") or (ending == "failed" and wanted != "ok")


def _ending(settled: Settled) -> str:
    """How a handling ended; what is not acknowledged did not end with ok, whatever it says."""
    ending = settled.outcome or ("ok" if settled.acknowledged else "failed")
    if (ending == "ok") != settled.acknowledged:
        said = "acknowledged" if settled.acknowledged else "not acknowledged"
        ending = f"{ending}-but-{said.replace(' ', '-')}"
    return f"{ending} ({_shorten(settled.text)})" if settled.text else ending


def _spelled(message: scenarios.Message) -> str:
    return spell(message.body, message.content_type, message.metadata)


def spell(data: bytes, content_type: str | None, metadata: Sequence[tuple[str, str]] | None) -> str:
    """A message in one line, exact where it is short, with its hash where it is not."""
    parts = [_shorten(data)]
    if content_type is not None:
        parts.append(f"as {_shorten(content_type)}")
    if metadata is not None:
        pairs = ", ".join(f"{_shorten(key)}: {_shorten(value)}" for key, value in metadata)
        parts.append(f"with {{{pairs}}}")
    return " ".join(parts)


def _shorten(value: str | bytes) -> str:
    data = value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass")
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return f"{len(data):,} bytes, {_digest(data)}"
    if len(text) <= MAX_SHOWN:
        return repr(text)
    return f"{text[:20]!r}… ({len(text):,} characters, {_digest(data)})"


def _digest(data: bytes) -> str:
    return f"sha256 {hashlib.sha256(data).hexdigest()[:12]}"
