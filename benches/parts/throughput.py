"""Messages a second on each broker: our host with several guests beside programs without one."""

from __future__ import annotations

import operator
from typing import Any

from contests import all_contests
from contests.memory import NOBODY
from matplotlib.figure import Figure as Drawing
from measure import cells
from measure.cells import Cells
from measure.figures import Verdict, absence, measured, paired
from measure.loads import LOADS
from measure.markdown import number
from measure.ours import OURS, C
from measure.part import Data
from measure.plots import Plots, draw_bars
from measure.promises import (
    BY_HAND,
    ECHO,
    FRAMEWORK,
    HEADERS,
    MEMORY,
    MEMORY_RATE,
    OUTSIDE_OF_ENGINE,
    PROMISES,
    TRANSFORM,
    Promise,
)
from measure.run import Run
from measure.samples import Samples
from measure.stage import play

NAME = "throughput"
TITLE = "Throughput on each broker"

QUICK = {"memory": (ECHO,), "embedded": (ECHO,)}
"""What a quick run does on a broker; on the others ``QUICK_LOADS``."""
QUICK_LOADS = (ECHO, HEADERS, TRANSFORM)
QUICK_SECONDS = 0.25
PEERS = {BY_HAND: "the best program written by hand", FRAMEWORK: FRAMEWORK}
"""Whom our host is compared with, in words."""

METHOD = """\
A closed loop: a generator keeps a number of messages outstanding, 256 unless the column says
otherwise, 64 for the fan-out and for 64 KiB, 4 for 1 MiB, and counts what comes back, by a number
in each body; so it knows what was lost and what came twice. Each contestant has a server of its
own and is started once for each handler, and again for each large body; contestants take turns of
half a second or a little more. On NATS the generator is `benches/loadgen` (Rust, the protocol
spoken by hand). On the memory broker generator and handler are one process; messages are counted
and carry no numbers. *No handler* is the generator alone, to which its own messages come back.

Workloads: *echo* sends a plain copy, the same bytes from everybody; *echo, headers* adds a content
type and one pair of metadata, the same from everybody; *JSON transform* reads an event, sums up a
list, sets, changes and removes fields, and writes it; *fan-out* sends ten copies, and its column
counts what came in; *request and reply* answers. FastStream is the exception: it adds headers of
its own to whatever it publishes, a content type, `correlation_id`, on JetStream the stream's name.
So what is promised against its *echo* is judged under *echo, headers* as well, where everybody has
some, by the same targets.

* *asyncio*: a program written by hand on the same client library, nats-py; on the memory broker,
  on that itself. On JetStream, the fastest found that loses nothing: messages are pushed, copies
  published with a reply address, all confirmations come to one subscription, whose callback
  acknowledges. *publish_async* uses the library's own method for that, *pull* takes batches of 100
  and awaits their confirmations together. *Unconfirmed* acknowledges without any confirmation:
  **it can lose messages, and is here to compare.** *uvloop* is the first program on that event
  loop.
* *FastStream*: a subscriber and a publisher, its log of messages turned off; on JetStream batches
  of 100, confirmed publishing, acknowledged after the handler.
* *ours*: our host, 128 instances (Python: 16, the default, as each works on hundreds of kilobytes),
  everything else as it is by default but `max_in_flight = 256`. Both numbers are the best of those
  tried on JetStream, 4 to 256, as the program by hand is the best of several. *Fresh* is
  `isolation = "message"`.
  JSON is left out in C, which has no library for it. Where bodies are large, instances of the
  Python guest are replaced before they hold 16 MiB of them (`max_messages_per_instance`), as
  componentize-py keeps what is given to a message. QuickJS is from TypeScript by componentize-qjs,
  which has no `TextDecoder`: its transform pays for that.
* *jco on Node.js*: the component transpiled to JavaScript, one instance, the official client of
  NATS; on JetStream it confirms and acknowledges as we do. *wasmtime for Python*: the public
  component API, one instance, nats-py; only small bodies, as it passes them byte by byte. Behind
  the comma is the language of the guest, *Rust* for JSON only.

Processor time is what the system has counted for each process in a turn, in hundredths of a second;
*< x* is less than one of them. Our host and its guests are one process, which the system does not
tell apart: *handler* is both. On the memory broker there is one *process* for everything. What the
engine takes with a guest is on its table, where the host can be asked from inside, and under
[engines](#engines-side-by-side).

What is promised is judged round by round: our rate over the other's in the same round; the median
of the rounds, with their range. The best program written by hand is the one with the best median of
those that can lose nothing; beside the value is which. Where ours lost a message, or was not there
to the end, it has not reached what is promised. *Outside of the engine, the generator taken off* is
the process less its turns in the engine and less what the generator takes alone. The generator
measured alone includes one pass of its message through the broker, so that one of the two passes of
a message goes off with it; beside the value is what it is with the generator included."""


def measure(run: Run) -> Data:
    """Every workload on every broker."""
    found: dict[str, Any] = {}
    for contest in all_contests().values():
        loads = LOADS
        if run.quick:
            names = QUICK.get(contest.name, QUICK_LOADS)
            loads = {name: LOADS[name].lasting(QUICK_SECONDS) for name in names}
        rows = found[contest.name] = {name: {} for name in loads}

        def record(
            load: str, contestant: str, answer: dict[str, Any], rows: dict[str, Any] = rows
        ) -> None:
            cells.add(rows[load].setdefault(contestant, {}), answer)

        play(run, contest, contest.contestants(), loads, record)
    return {"brokers": found}


def page(data: Data, plots: Plots) -> str:
    """The method, then a table of rates and one of costs for each broker."""
    brokers = data["brokers"]
    parts = [METHOD, _plot(brokers, plots)]
    for name, loads in brokers.items():
        guarantee = all_contests()[name].guarantee
        parts += [f"### {name}", f"Messages a second ({guarantee}):", cells.rates(loads)]
        if ECHO in loads:
            parts += [f"Processor time a message and memory under load, {ECHO}:"]
            parts.append(cells.costs(loads[ECHO]))
        parts.append(cells.troubles(loads))
    return "\n\n".join(parts)


def _plot(brokers: dict[str, Any], plots: Plots) -> str:
    shown = {name: loads[ECHO] for name, loads in brokers.items() if loads.get(ECHO)}
    rows = [len(those) for those in shown.values()]

    def paint(drawing: Drawing) -> None:
        every = drawing.subplots(len(shown), squeeze=False, sharex=True, height_ratios=rows)
        for axes, (name, those) in zip(every[:, 0], shown.items(), strict=True):
            bars = {
                who: {"ours" if who in OURS else "others": Samples(cell["rate"])}
                for who, cell in those.items()
            }
            draw_bars(axes, bars, unit="messages/s", log=True, legend=False)
            axes.set_title(name)
            axes.label_outer()

    words = "Messages a second of each contestant on each broker, echo of 256 B"
    return plots.draw(NAME, words, paint, height=1.5 + 0.22 * sum(rows)) if shown else ""


def figures(data: Data) -> list[Verdict]:
    """Against the programs without a host, and on the memory broker."""
    brokers: dict[str, dict[str, Cells]] = data["brokers"]
    against = [
        _against(brokers.get(promise.broker, {}).get(promise.load, {}), promise)
        for promise in PROMISES
    ]
    return [*against, *_in_memory(brokers.get(MEMORY, {}).get(ECHO, {}))]


def _against(found: Cells, promise: Promise) -> Verdict:
    ours, against = promise.ours, PEERS[promise.peers]
    name = f"{promise.broker}, {promise.load}, {ours} against {against}"
    peer, ratios = _best(found, promise.peers), None
    if peer:
        ratios = measured(
            lambda: paired(operator.truediv, found[ours]["rate"], found[peer]["rate"])
        )
    return Verdict.of_rounds(
        name,
        *("at least", promise.target, "times", ratios),
        remark="" if peer == against else peer,
        failure=_failure_of_ours(found, ours),
    )


def _best(found: Cells, peers: str) -> str:
    """The peer with the best median of those that lost nothing and were there to the end; else
    nobody.
    """
    losing = {
        name
        for contest in all_contests().values()
        for name, contestant in contest.contestants().items()
        if contestant.loses
    }
    medians = {
        name: Samples(cell["rate"]).median
        for name, cell in found.items()
        if name.startswith(peers) and name not in losing and not _failure(found, name)
    }
    return max(medians, key=medians.__getitem__, default="")


def _failure(found: Cells, name: str) -> str:
    """Why no figure of a contestant counts, in words; none if they do."""
    handled = {who: [count for count in cell["handled"] if count] for who, cell in found.items()}
    rounds = max(map(len, handled.values()), default=0)
    lost = found[name]["lost"] if name in found else 0
    return f"lost {lost:,}" if lost else absence(len(handled.get(name, ())), rounds)


def _failure_of_ours(found: Cells, ours: str) -> str:
    failure = _failure(found, ours)
    return failure and f"ours {failure}"


def _in_memory(found: Cells) -> list[Verdict]:
    name, failure = f"memory broker, {ECHO}, {C}", _failure_of_ours(found, C)
    whole = measured(lambda: _outside_of_engine(found, with_generator=True))
    return [
        Verdict.of_rounds(
            name,
            *("at least", MEMORY_RATE, "messages/s"),
            measured(lambda: found[C]["rate"]),
            failure=failure,
        ),
        Verdict.of_rounds(
            f"{name}, outside of the engine, the generator taken off",
            *("at most", OUTSIDE_OF_ENGINE, "µs"),
            measured(lambda: _outside_of_engine(found)),
            remark=f"{number(Samples(whole).median)} µs with the generator" if whole else "",
            failure=failure,
        ),
    ]


def _outside_of_engine(found: Cells, *, with_generator: bool = False) -> list[float]:
    """Microseconds of processor time a message, in each round: what the host takes in Python."""
    taken_off = [cells.each_round(found[C], "cpu_engine")]
    if not with_generator:
        taken_off.append(cells.each_round(found[NOBODY], "cpu"))
    own = cells.each_round(found[C], "cpu")
    return paired(lambda process, *others: (process - sum(others)) * 1e6, own, *taken_off)
