"""A flood: what is lost, and what a host takes of the memory meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any

from matplotlib.figure import Figure
from measure import floods, markdown
from measure.figures import Verdict, measured
from measure.floods import ALLOWANCE, BOUND, MIB
from measure.part import Data
from measure.plots import Plots, name_all
from measure.run import Run
from measure.watching import EVERY

NAME = "flood"
TITLE = "Flood"

MESSAGES, QUICK_MESSAGES = 200_000, 20_000
JETSTREAM, EMBEDDED = "JetStream", "embedded"
CORE, CORE_SMALL = "core NATS", "core NATS, 10,000 pending"
STORED: Mapping[str, Callable[[int], floods.Flood]] = {
    JETSTREAM: floods.on_jetstream,
    EMBEDDED: floods.on_embedded,
}
PENDING: Mapping[str, int | None] = {CORE: None, CORE_SMALL: 10_000}

METHOD = """\
{size} B, to `wasi-messaging run` with the guest `guests/bench/guest.c`, `max_bytes_in_flight` of
{bound} and `max_in_flight` of {in_flight:,}, so that the bytes are what bounds it. It is attached
and waits. Bodies are numbered.

*JetStream* and *embedded*: as fast as the stream confirms them, in steps of 2,000 (16 MiB); what
the guest sends is stored in the same stream and read afterwards. *Held* are the bytes in flight at
most, as the host counts them: its metric `wasi_messaging_subscription_in_flight_bytes`, ten times a
second, which takes a message for twice its size and a kilobyte. *Paused* is whether it was seen to
fetch nothing because of the bound (`wasi_messaging_subscription_paused`). What a host has asked for
before it pauses still [comes](delivery.md#admission), with JetStream up to 1,000 messages and
8 MiB; half of the bound is where it pauses, as it is the only subscription. Where it was not seen
to pause and never held more than that half, the bound did not matter and nothing is judged. Of the
resident memory is allowed what the host has at rest, the bound and {allowance}.

*Core NATS*: written into one connection as fast as the server reads. Nothing is stored, so what a
subscriber cannot take is gone. *Delivered* is what the server has written for the host (its
`/connz`), *handled* what the host counts. *Logged* is what its client could not hold, by the
warnings in its log, one a second at most; *missed* is the same as the metric
`wasi_messaging_subscription_missed_messages_total` has it. What the server itself drops it does
not count: it closes the connection of a slow consumer (`/varz`, `slow_consumers`) with all that
waits for it; that would be the difference between sent and delivered, or between delivered and
handled and missed. By default a subscription holds 524,288 messages or 128 MiB; in the last row
10,000."""


def measure(run: Run) -> Data:
    """Each once: it is about what is lost, not about how long it takes."""
    messages = QUICK_MESSAGES if run.quick else MESSAGES
    stored: dict[str, Any] = {}
    core: dict[str, Any] = {}
    for name, flood in STORED.items():
        run.say(f"{messages:,} messages to {name}")
        run.attempt(name, partial(_take, stored, name, partial(flood, messages)))
    for name, pending in PENDING.items():
        run.say(f"{messages:,} messages to {name}")
        act = partial(floods.on_core, messages, pending)
        run.attempt(name, partial(_take, core, name, act))
    return {"stored": stored, "core": core}


def _take(
    found: dict[str, Any], name: str, act: Callable[[], floods.Flood | floods.CoreFlood]
) -> None:
    found[name] = asdict(act())


def page(data: Data, plots: Plots) -> str:
    """Tables, and the memory over time."""
    bound, allowance = map(markdown.mebibytes, (BOUND, ALLOWANCE))
    method = METHOD.format(
        size=floods.SIZE, bound=bound, in_flight=floods.IN_FLIGHT, allowance=allowance
    )
    stored = markdown.table(
        ("", "sent", "published in, s", "handled in, s", "lost", "twice", *HELD, *ALLOWED),
        [
            [
                *(name, *_counts(one, "messages"), *_seconds(one)),
                *(*_counts(one, "lost", "twice"), *_held(one)),
                *(*_memory(one), _allowed(one)),
            ]
            for name, one in data["stored"].items()
        ],
    )
    core = markdown.table(
        ("", "sent", "in, s", *CORE_COUNTS, "slow consumers", *MEMORY),
        [
            [
                *(name, *_counts(one, "messages"), f"{one['publishing']:.2f}"),
                *(*_counts(one, *CORE_COUNTS, "slow_consumers"), *_memory(one)),
            ]
            for name, one in data["core"].items()
        ],
    )
    words = "Resident memory of the host during each flood"
    plot = plots.draw(NAME, words, partial(_paint, data), height=3)
    return "\n\n".join((method, stored, core, plot))


HELD = ("bound", "held", "paused")
MEMORY = ("at rest", "peak")
ALLOWED = (*MEMORY, "allowed")
CORE_COUNTS = ("delivered", "handled", "logged", "missed")


def _counts(one: dict[str, Any], *names: str) -> list[str]:
    return [f"{one[name]:,}" for name in names]


def _seconds(one: dict[str, Any]) -> list[str]:
    return [f"{one[name]:.2f}" for name in ("publishing", "handling")]


def _held(one: dict[str, Any]) -> list[str]:
    paused = "yes" if one["paused"] else "no"
    return [markdown.mebibytes(one["bound"]), markdown.mebibytes(one["held"]), paused]


def _memory(one: dict[str, Any]) -> list[str]:
    return [markdown.mebibytes(size) for size in (one["rest"], max(one["memory"]))]


def _allowed(one: dict[str, Any]) -> str:
    return markdown.mebibytes(one["rest"] + one["bound"] + ALLOWANCE)


def _paint(data: Data, figure: Figure) -> None:
    axes = figure.subplots()
    for name, one in (data["stored"] | data["core"]).items():
        times = [EVERY * (at + 1) for at in range(len(one["memory"]))]
        axes.plot(times, [size / MIB for size in one["memory"]], label=name)
    axes.set_ylim(bottom=0)
    axes.set_xlabel("s")
    axes.set_ylabel("MiB")
    name_all(axes, axes.lines)


def figures(data: Data) -> Sequence[Verdict]:
    """Nothing lost where it is stored, memory bounded, and everything else accounted for."""
    found = []
    for name in STORED:
        one = data["stored"].get(name, {})
        lost = one.get("lost")
        found.append(Verdict(f"flood of {name}: lost", "at most", 0, "messages", lost))
        held = more = None
        if one and _bound_mattered(one):
            held, more = one["held"] / MIB, (max(one["memory"]) - one["rest"]) / MIB
        remark = "the bound did not matter" if one and held is None else ""
        for what, value, most in (
            ("held by its own count", held, BOUND),
            ("memory beyond that at rest", more, BOUND + ALLOWANCE),
        ):
            words = f"flood of {name}: {what}"
            found.append(Verdict(words, "at most", most / MIB, "MiB", value, remark=remark))
    for name in PENDING:
        value = measured(partial(_unaccounted, data, name))
        what = f"flood of {name}: neither handled nor counted as missed, or both"
        found.append(Verdict(what, "at most", 0, "messages", value))
    return found


def _bound_mattered(one: dict[str, Any]) -> bool:
    """Whether it paused; or should have, as it held more than the half at which it is to."""
    return bool(one["paused"] or one["held"] > one["bound"] / 2)


def _unaccounted(data: Data, name: str) -> float:
    one = data["core"][name]
    return float(abs(one["messages"] - one["handled"] - one["missed"]))
