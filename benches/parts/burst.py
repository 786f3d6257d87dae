"""A host that finds a backlog: how much memory it takes, and whether the bound holds."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from measure import backlog, markdown
from measure.figures import MARKS, Verdict
from measure.hosts import RunningHost
from measure.memory import MemoryWatch
from measure.part import Data
from measure.places import guest
from measure.plots import INK, Plots, name_all
from measure.processes import resident_bytes
from measure.run import Run
from measure.server import running_server
from measure.stored import place_on

NAME = "burst"
TITLE = "Memory of a host that finds a backlog"

MIB = 2**20
ALLOWANCE = 40 * MIB
"""What a host may take besides its bound: instances, buffers, what freed memory leaves behind."""
REST_SECONDS = 1.0

CONFIGURATION = """
max_bytes_in_flight = "{bound}MiB"

[clients.default]
url = "{url}"

[clients.store]
url = "{url}"
stream = {{ name = "{stream}" }}

[components.bench]
path = "{component}"
instances = 64
subscriptions = [
    {{ client = "store", topic = "in", max_in_flight = {in_flight}, start = "all" }},
]
permissions.default.send = ["out"]
"""


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits, and what the host may hold of it.

    Attributes:
        messages: how many.
        size: of each.
        guest: who handles them.
        in_flight: ``max_in_flight``.
        bound: ``max_bytes_in_flight`` in MiB.
        judged: the bound is what is measured; otherwise it is off, to compare.
    """

    messages: int
    size: int
    guest: str
    in_flight: int
    bound: int
    judged: bool = True

    @property
    def name(self) -> str:
        """What is drained, in words."""
        return (
            f"{self.messages:,} of {self.size:,} B for the {KINDS[GUESTS[self.guest]]}, "
            f"at most {self.bound:,} MiB"
        )

    @property
    def body(self) -> bytes:
        """Of each message; to the slow guest it is a number, of milliseconds to wait."""
        return str(SLOW_MILLISECONDS).encode().rjust(self.size, b"0")


ECHO, SLOW = "bench/c", "sleep/c"
GUESTS = {ECHO: "echo", SLOW: "slow"}
"""As the data name them."""
KINDS = {"echo": "echo with headers", "slow": "slow"}
"""As the page does."""
SLOW_MILLISECONDS = 30
BACKLOGS = (
    Backlog(1_000_000, 256, ECHO, 1_000, 64),
    Backlog(20_000, 64 * 1024, ECHO, 1_000, 64),
    Backlog(20_000, 64 * 1024, SLOW, 4_000, 64),
    Backlog(20_000, 64 * 1024, SLOW, 4_000, 1024, judged=False),
)
"""Only the slow guest lets so much gather that the bound is what holds it: whatever was fetched for
the fast one is handled before more has come."""


METHOD = f"""\
Published before the host starts, in JetStream with a file store. `wasi-messaging run` drains it;
its resident memory is read ten times a second until the last message is acknowledged. *Echo with
headers* is `guests/bench`, which sends to core NATS. *Slow* waits {SLOW_MILLISECONDS} ms a message,
so that what was fetched gathers; the last row has the bound practically off, for comparison.
Allowed is what the host has at rest, and `max_bytes_in_flight`, and {ALLOWANCE // MIB} MiB. *Twice*
counts deliveries beyond one a message."""


def measure(run: Run) -> Data:
    """Drain each backlog once."""
    bursts: list[dict[str, Any]] = []
    for full in BACKLOGS:
        waiting = replace(full, messages=full.messages // (20 if run.quick else 1))
        run.say(waiting.name)
        run.attempt(waiting.name, partial(_take, bursts, waiting))
    return {"bursts": bursts}


def _take(bursts: list[dict[str, Any]], waiting: Backlog) -> None:
    bursts.append(drain(waiting))


def drain(waiting: Backlog) -> dict[str, Any]:
    """Drain one backlog; memory in bytes."""
    with (
        running_server(backlog.SUBJECT) as server,
        tempfile.TemporaryDirectory(prefix="wasi-messaging-bench-") as folder,
    ):
        place = place_on(server)
        text = CONFIGURATION.format(
            bound=waiting.bound,
            url=place.url,
            stream=place.stream,
            component=guest(waiting.guest),
            in_flight=waiting.in_flight,
        )
        with RunningHost(Path(folder), text) as host:  # only to see it at rest: its group stays
            host.wait_attached()
            time.sleep(REST_SECONDS)
            rest = resident_bytes(host.process)
            host.stop()
        backlog.fill(place, waiting.messages, waiting.body)
        with RunningHost(Path(folder), text) as host, MemoryWatch(host.process) as watch:
            drained = backlog.drain(place, waiting.messages)
    return {
        "messages": waiting.messages,
        "size": waiting.size,
        "guest": GUESTS[waiting.guest],
        "max_in_flight": waiting.in_flight,
        "max_bytes_in_flight": waiting.bound * MIB,
        "judged": waiting.judged,
        "rest": rest,
        "seconds": drained.seconds,
        "repeated": drained.repeated,
        "memory": watch.samples,
    }


def page(data: Data, plots: Plots) -> str:
    """The method, a row for each backlog, and the memory over time."""
    heads = (
        *("backlog", "`max_in_flight`", "bytes in flight", "messages/s", "twice"),
        *("at rest", "peak", "allowed", ""),
    )
    table = markdown.table(heads, map(_row, data["bursts"]))
    words = "Resident memory of the host while it drains each backlog, and what is allowed"
    plot = plots.draw(NAME, words, partial(_paint, data["bursts"]), height=3.5)
    return f"{METHOD}\n\n{table}\n\n{plot}"


def _row(burst: dict[str, Any]) -> list[str]:
    judged = burst["judged"]
    return [
        f"{burst['messages']:,} of {_kind(burst)}",
        f"{burst['max_in_flight']:,}",
        markdown.mebibytes(burst["max_bytes_in_flight"]),
        f"{burst['messages'] / burst['seconds']:,.0f}",
        f"{burst['repeated']:,}",
        markdown.mebibytes(burst["rest"]),
        markdown.mebibytes(max(burst["memory"])),
        markdown.mebibytes(_allowed(burst)) if judged else "",
        MARKS[_verdict(burst).word] if judged else "to compare",
    ]


def _paint(bursts: list[dict[str, Any]], figure: Figure) -> None:
    axes = figure.subplots()
    for burst in bursts:
        memory = [size / MIB for size in burst["memory"]]
        # Each takes its whole time for the width: the shapes are what is compared.
        times = [100 * (number + 1) / len(memory) for number in range(len(memory))]
        bound = markdown.mebibytes(burst["max_bytes_in_flight"])
        axes.plot(times, memory, label=f"{_kind(burst)}, bound of {bound}")
    allowed = [_allowed(burst) / MIB for burst in bursts if burst["judged"]]
    if allowed:
        axes.axhline(max(allowed), color=INK, linestyle="--", label="allowed with 64 MiB")
    axes.set_ylim(bottom=0)
    axes.set_xlabel("% of the time it takes")
    axes.set_ylabel("MiB")
    name_all(axes, axes.lines)


def _kind(burst: dict[str, Any]) -> str:
    return f"{markdown.size(burst['size'])}, {KINDS[burst['guest']]}"


def _allowed(burst: dict[str, Any]) -> int:
    """Bytes the host may have."""
    return int(burst["rest"] + burst["max_bytes_in_flight"] + ALLOWANCE)


def figures(data: Data) -> list[Verdict]:
    """Whether the bounds held."""
    return [_verdict(burst) for burst in data["bursts"] if burst["judged"]]


def _verdict(burst: dict[str, Any]) -> Verdict:
    name = f"peak of memory, backlog of {burst['messages']:,} of {_kind(burst)}"
    peak = max(burst["memory"]) / MIB
    return Verdict(name, "at most", round(_allowed(burst) / MIB), "MiB", peak)
