"""What the project promises of its speed, and whether one run kept it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from . import echoes, engines, rust, starts
from .results import Results

Bound = Literal["at most", "at least"]


@dataclass(frozen=True, slots=True)
class Figure:
    """A promise.

    Attributes:
        name: what is measured.
        bound: on which side of the target the value has to be.
        target: in the unit.
        unit: of target and value.
        value: takes it from the results; raises ``LookupError`` if it was not measured.
    """

    name: str
    bound: Bound
    target: float
    unit: str
    value: Callable[[Results], float]


@dataclass(frozen=True, slots=True)
class Verdict:
    """A figure and what it is in one run; ``value`` is ``None`` where it was not measured."""

    figure: Figure
    value: float | None

    @property
    def words(self) -> str:
        """Whether the promise is kept."""
        if self.value is None:
            return "not measured"
        figure = self.figure
        below, at_most = self.value <= figure.target, figure.bound == "at most"
        return "reached" if below == at_most or self.value == figure.target else "not reached"

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        figure = self.figure
        return {
            "figure": figure.name,
            "bound": figure.bound,
            "target": figure.target,
            "unit": figure.unit,
            "value": self.value,
            "verdict": self.words,
        }


def verdicts(results: Results) -> list[Verdict]:
    """Every figure and what it is in this run."""
    found = []
    for figure in FIGURES:
        try:
            value = figure.value(results)
        except LookupError:
            value = None
        found.append(Verdict(figure, value))
    return found


def _engine(results: Results, name: str, size: int) -> float:
    return results.engines[name][size].median


def _times_faster(ours: str, peer: str, size: int) -> Callable[[Results], float]:
    return lambda results: _engine(results, peer, size) / _engine(results, ours, size)


def _microseconds(name: str, size: int) -> Callable[[Results], float]:
    return lambda results: _engine(results, name, size) * 1e6


def _share_of(kind: str, name: str) -> Callable[[Results], float]:
    def share(results: Results) -> float:
        programs = results.echoes[kind]
        return programs[echoes.OURS].rate.median / programs[name].rate.median

    return share


def _milliseconds(name: str) -> Callable[[Results], float]:
    return lambda results: results.starts[name].median * 1e3


MIB = 1024 * 1024


def _of_engine(where: str, reused: str, fresh: str) -> tuple[Figure, ...]:
    """The promises of the engine, for it alone or as the host uses it."""
    faster = (
        ("16 B, against wasmtime for Python", 100, engines.WASMTIME, 16),
        ("16 B, against jco", 10, engines.JCO, 16),
        ("1 MiB, against jco", 1, engines.JCO, MIB),
    )
    return (
        Figure(f"{where}, 16 B, reused", "at most", 4, "µs", _microseconds(reused, 16)),
        *(
            Figure(
                f"{where}, {what}", "at least", times, "times", _times_faster(reused, peer, size)
            )
            for what, times, peer, size in faster
        ),
        Figure(f"{where}, 16 B, fresh instance", "at most", 30, "µs", _microseconds(fresh, 16)),
    )


FIGURES = (
    *_of_engine("engine", rust.REUSED, rust.FRESH),
    *_of_engine("engine through Python", engines.REUSED, engines.FRESH),
    Figure(
        "host with the memory broker, 16 B",
        *("at least", 70_000, "messages/s"),
        lambda results: 1 / _engine(results, engines.MEMORY, 16),
    ),
    Figure(
        "host on core NATS, against nats-py",
        *("at least", 0.35, "times"),
        _share_of(echoes.CORE, echoes.PLAIN),
    ),
    Figure(
        "host on JetStream, against nats-py with the same guarantee",
        *("at least", 0.8, "times"),
        _share_of(echoes.JETSTREAM, echoes.PLAIN_PULL),
    ),
    Figure("load of a cached Python component", "at most", 20, "ms", _milliseconds(starts.LOAD)),
    Figure("wasi-messaging --help", "at most", 150, "ms", _milliseconds(starts.HELP)),
)
