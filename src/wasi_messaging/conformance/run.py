"""Runs scenarios against a subject, one after another."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import ConfigError
from ..message import Message
from .judge import Evidence, Status, judge
from .protocol import Abilities, AdapterError, Guest, RefusedError, Setup, Subject
from .scenarios import Component, Scenario

WAIT_SECONDS = 15.0
"""How long a scenario may take to give what it expects."""
QUIET_SECONDS = 0.25
"""How long nothing more may come afterwards."""
NO_LANGUAGE = "any"
"""In the place of a language where a scenario's component is of a shape and not of a language."""
GLANCE_SECONDS = 0.1
"""Between two looks at what has come."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a scenario in one language.

    Attributes:
        group: the title of its file.
        scenario: what was run.
        language: the variant of its component.
        status: the judgement.
        detail: the choice that was made, why it does not apply, or what is not as expected.
        seconds: how long it took.
    """

    group: str
    scenario: Scenario
    language: str
    status: Status
    detail: str
    seconds: float


class Suite:
    """Scenarios and the components that they run.

    Args:
        folder: the suite, ``conformance/`` of the repository.
        groups: title → scenarios.
        languages: only these; default: all that were built.
    """

    def __init__(
        self,
        folder: Path,
        groups: dict[str, tuple[Scenario, ...]],
        languages: Sequence[str] = (),
    ) -> None:
        self._built = folder / "build"
        self._advice = f"build the suite with `python {folder}/build.py`"
        self.groups = groups
        self._only = tuple(languages)
        self._variants: dict[str, set[str]] = {}
        for path in self._built.glob("*/*.wasm"):
            self._variants.setdefault(path.parent.name, set()).add(path.stem)
        known = sorted(set().union(*self._variants.values()))
        if not known:
            raise ConfigError(f"{self._built} has no components: {self._advice}")
        if unknown := [name for name in languages if name not in known]:
            raise ConfigError(f"no component in {', '.join(unknown)}; built: {', '.join(known)}")
        if not any(True for _ in self.cases()):
            raise ConfigError("no component in the chosen languages plays the chosen scenarios")
        for _, scenario, language in self.cases():
            for part in scenario.parts.values():
                self.path(part, language)

    def cases(self) -> Iterator[tuple[str, Scenario, str]]:
        """Every scenario in every language: group, scenario, language."""
        for group, scenarios in self.groups.items():
            for scenario in scenarios:
                for language in self._languages(scenario):
                    yield group, scenario, language

    def _languages(self, scenario: Scenario) -> list[str]:
        parts = [part for part in scenario.parts.values() if part.language is None]
        if not parts:
            return [NO_LANGUAGE]
        variants = self._variants.get(parts[0].source)
        if variants is None:
            raise ConfigError(f"{self._built / parts[0].source} has no components: {self._advice}")
        wanted = variants & set(scenario.languages or variants)
        return sorted(wanted & set(self._only or wanted))

    def path(self, part: Component, language: str) -> Path:
        """The file of a component.

        Raises:
            ConfigError: it is not built.
        """
        variant = part.language or language
        path = self._built / part.source / f"{variant}.wasm"
        if variant not in self._variants.get(part.source, ()):
            raise ConfigError(f"{path} is missing: {self._advice}")
        return path.resolve()


async def run(suite: Suite, subject: Subject, abilities: Abilities) -> AsyncIterator[Result]:
    """Run everything, and give each result as it comes."""
    for number, (group, scenario, language) in enumerate(suite.cases(), 1):
        begun = time.perf_counter()
        reason = _inapplicable(scenario, abilities)
        status: Status = "not-applicable"
        if not reason:
            base = f"conformance.t{time.time_ns():x}n{number}"
            try:
                evidence = await _gather(suite, subject, scenario, language, base)
            except AdapterError as error:  # the scenarios after it may do better
                status, reason = "failed", str(error)
                await subject.close()
                await subject.hello()
            else:
                verdict = judge(scenario, evidence)
                status, reason = verdict.status, verdict.detail
        seconds = time.perf_counter() - begun
        yield Result(group, scenario, language, status, reason, seconds)


def _inapplicable(scenario: Scenario, abilities: Abilities) -> str:
    """Why the broker makes no sense for a scenario; ``""``: it does."""
    has = {
        "metadata": abilities.metadata,
        "duplicate-keys": abilities.duplicate_keys,
        "content-type": abilities.content_type,
        "request-reply": abilities.request_reply,
        "redelivery": abilities.redelivery,
    }
    lacking = [need for need in scenario.needs if not has[need]]
    if lacking:
        return f"the broker has no {', '.join(lacking)}"
    limit = abilities.max_message_size
    if limit is not None and scenario.size > limit:
        return f"a body of {scenario.size:,} bytes is over the broker's limit of {limit:,}"
    return ""


async def _gather(
    suite: Suite, subject: Subject, scenario: Scenario, language: str, base: str
) -> Evidence:
    try:
        await subject.start(_setup(suite, scenario, language, base))
    except RefusedError as error:
        await subject.stop()
        return Evidence(refused=str(error) or "without a word")
    try:
        return await _play(subject, scenario, base)
    finally:
        await subject.stop()


def _setup(suite: Suite, scenario: Scenario, language: str, base: str) -> Setup:
    def topics(cases: Sequence[str]) -> tuple[str, ...]:
        return tuple(f"{base}.{case}" for case in cases)

    guests = tuple(
        Guest(
            name=name,
            path=str(suite.path(part, language)),
            topics=topics(part.handles),
            send=topics(part.send),
            request=topics(part.request),
            instances=part.instances,
            deadline=part.deadline,
            memory=part.memory,
            config=part.config,
        )
        for name, part in scenario.parts.items()
    )
    return Setup(components=guests, collect=f"{base}.out", attempts=scenario.attempts)


async def _play(subject: Subject, scenario: Scenario, base: str) -> Evidence:
    for number, message in enumerate(scenario.publish, 1):
        sent = Message(message.body, message.content_type, message.metadata)
        try:
            await subject.publish(f"{base}.{message.case}", sent)
        except RefusedError as error:
            return Evidence(unpublished=str(error) or "without a word")
        if scenario.one_by_one:
            await subject.settle(number, WAIT_SECONDS)
    return await _wait(subject, scenario)


async def _wait(subject: Subject, scenario: Scenario) -> Evidence:
    """Look until some expectation is met, and then whether more comes."""
    ends = time.monotonic() + WAIT_SECONDS
    messages = min(len(one.messages) for one in scenario.expectations)
    settled = min(len(one.handled) for one in scenario.expectations)
    glance = WAIT_SECONDS if len(scenario.expectations) == 1 else GLANCE_SECONDS
    while True:
        evidence = Evidence(
            settled=await subject.settle(settled, glance),
            messages=await subject.collect(messages, glance),
        )
        if not judge(scenario, evidence).differences or time.monotonic() > ends:
            break
        if glance == WAIT_SECONDS:
            return evidence  # all that was waited for is there, or will not come
        await asyncio.sleep(GLANCE_SECONDS)
    evidence.messages = await subject.collect(len(evidence.messages) + 1, QUIET_SECONDS)
    evidence.settled = await subject.settle(len(evidence.settled) + 1, 0.0)
    return evidence
