"""What a campaign has found, for people and for programs."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field, fields
from statistics import mean
from typing import Any

MEGABYTE = 1e6
ROOM = 24.0
"""Megabytes by which memory may differ between the middle of a run and its end."""
ENOUGH = 30
"""Groups of inputs without which nothing is said of memory."""


@dataclass(slots=True)
class Problem:
    """Something the host must not do.

    Attributes:
        kind: of the input.
        number: of the input; ``None``: it is not of one input.
        text: what happened.
        file: where the input is kept.
        replay: the command that tries it again.
    """

    kind: str
    number: int | None
    text: str
    file: str | None = None
    replay: str | None = None


@dataclass(slots=True)
class Sample:
    """What the process had after a group of inputs.

    Attributes:
        inputs: tried by this process so far.
        resident: bytes.
        threads: how many.
        files: open.
    """

    inputs: int
    resident: int
    threads: int
    files: int


@dataclass(slots=True)
class Figures:
    """Of one kind of inputs.

    Attributes:
        kind: its name.
        inputs: tried.
        seconds: it took.
        outcomes: how messages ended, and what was refused.
        operations: sends, requests, replies and connects of components, by what they came to.
        samples: of the process that lived longest.
        latest: of the process there is.
        problems: what was wrong.
    """

    kind: str
    inputs: int = 0
    seconds: float = 0.0
    outcomes: Counter[str] = field(default_factory=Counter)
    operations: Counter[str] = field(default_factory=Counter)
    samples: list[Sample] = field(default_factory=list)
    latest: Sample | None = None
    problems: list[Problem] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Inputs a second."""
        return self.inputs / self.seconds if self.seconds else 0.0

    def look_at_growth(self, samples: list[Sample]) -> None:
        """Whether one process took more and more.

        Its threads and open files are never more than after its first group. Its memory does not
        grow from the middle third of its groups to the last, where there are ``ENOUGH``.
        """
        self._look_at_counts("threads", [each.threads for each in samples], samples)
        self._look_at_counts("open files", [each.files for each in samples], samples)
        if len(samples) >= ENOUGH:
            self._look_at_memory(samples)

    def _look_at_counts(self, what: str, counts: list[int], samples: list[Sample]) -> None:
        most = max(counts, default=0)
        if counts and most > counts[0]:
            inputs = samples[counts.index(most)].inputs
            text = (
                f"{most - counts[0]} more {what} after {inputs} inputs than after the first group"
            )
            self.problems.append(Problem(self.kind, None, text))

    def _look_at_memory(self, samples: list[Sample]) -> None:
        third = len(samples) // 3
        middle, last = samples[third : 2 * third], samples[2 * third :]
        resident = (mean(s.resident for s in last) - mean(s.resident for s in middle)) / MEGABYTE
        if resident > ROOM:
            text = (
                f"resident memory grew by {resident:.0f} MB from the middle third of the inputs "
                "to the last"
            )
            self.problems.append(Problem(self.kind, None, text))

    def curve(self, points: int = 8) -> list[Sample]:
        """Some of the samples, evenly spaced, the first and the last among them."""
        if len(self.samples) <= points:
            return self.samples
        step = (len(self.samples) - 1) / (points - 1)
        return [self.samples[round(step * index)] for index in range(points)]


@dataclass(slots=True)
class Report:
    """Of a campaign.

    Attributes:
        seed: it can be had again with.
        complete: nobody stopped it.
        figures: of each kind.
    """

    seed: int
    complete: bool = False
    figures: list[Figures] = field(default_factory=list)

    @property
    def problems(self) -> list[Problem]:
        """All that was wrong."""
        return [problem for figures in self.figures for problem in figures.problems]

    def as_json(self) -> str:
        """One object."""
        return json.dumps(self, default=_fields, indent=1)

    def as_text(self) -> str:
        """Some lines for each kind."""
        lines = [f"seed {self.seed}{'' if self.complete else ', stopped early'}"]
        for each in self.figures:
            lines.append(
                f"{each.kind}: {each.inputs:,} inputs in {each.seconds:.0f} s, "
                f"{each.rate:.0f}/s, {len(each.problems)} problems"
            )
            total = each.outcomes.total()
            for name, count in each.outcomes.most_common():
                lines.append(f"  {name:<14}{count:>10,}  {100 * count / total:5.1f} %")
            if each.operations:
                counts = (f"{count:,} {name}" for name, count in each.operations.most_common())
                lines.append(f"  operations    {', '.join(counts)}")
            lines += _resources(each.curve())
        for problem in self.problems:
            lines.append(f"PROBLEM in {problem.kind} {problem.number}: {problem.text}")
            if problem.replay is not None:
                lines.append(f"  {problem.replay}")
        return "\n".join(lines)


def _fields(value: Any) -> dict[str, object]:
    """Of a dataclass. ``asdict`` would count the pairs of a Counter."""
    return {each.name: getattr(value, each.name) for each in fields(value)}


def _resources(curve: list[Sample]) -> list[str]:
    if not curve:
        return []
    memory = " → ".join(f"{sample.resident / MEGABYTE:.0f}" for sample in curve)
    first, last = curve[0], curve[-1]
    return [
        f"  MB resident   {memory}",
        f"  threads {first.threads} → {last.threads}, open files {first.files} → {last.files}",
    ]
