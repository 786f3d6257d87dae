"""Messages a second on each broker: our host with several guests beside programs without one."""

from __future__ import annotations

import operator
from collections.abc import Iterable
from typing import Any

from contests import all_contests
from contests.memory import NOBODY
from matplotlib.figure import Figure as Drawing
from measure import cells
from measure.echoes import MADE_BY, caution
from measure.figures import Verdict, measured, paired
from measure.loads import LOADS
from measure.nats_contest import JCO, WASMTIME
from measure.ours import C_FRESH, OURS, PYTHON, QUICKJS, C
from measure.part import Data
from measure.plots import Plots, draw_bars
from measure.run import Run
from measure.samples import Samples
from measure.stage import play

NAME = "throughput"
TITLE = "Throughput on each broker"

ECHO, HEADERS, TRANSFORM = "echo 256 B", "echo 256 B, headers", "JSON transform 1 KiB"
QUICK = {"memory": (ECHO,), "embedded": (ECHO,)}
"""What a quick run does on a broker; on the others ``QUICK_LOADS``."""
QUICK_LOADS = (ECHO, HEADERS, TRANSFORM)
QUICK_SECONDS = 0.25
CORE, JETSTREAM, MEMORY = "core NATS", "JetStream", "memory"
PLAIN, FRAMEWORK = "asyncio", "FastStream"

METHOD = """\
A closed loop: a generator keeps a number of messages outstanding, 256 unless the column says
otherwise, 64 for the fan-out and for 64 KiB, 4 for 1 MiB, and counts what comes back, by a number
in each body; so it knows what was lost and what came twice. Each contestant has a server of its
own and is started once; contestants take turns of half a second or a little more. On NATS the
generator is `benches/loadgen` (Rust, the protocol spoken by hand). On the memory broker generator
and handler are one process; messages are counted and carry no numbers. *No handler* is the
generator alone, to which its own messages come back.

Workloads: *echo* sends a plain copy, the same bytes from everybody; *echo, headers* adds a content
type and one pair of metadata, the same from everybody; *JSON transform* reads an event, sums up a
list, sets, changes and removes fields, and writes it; *fan-out* sends ten copies, and its column
counts what came in; *request and reply* answers. FastStream is the exception: it adds headers of
its own to whatever it publishes, a content type, `correlation_id`, on JetStream the stream's name.

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
  everything else as it is by default but `max_in_flight = 256`. *Fresh* is `isolation = "message"`.
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
tell apart: *handler* is both. What the engine takes with a guest is on the memory broker's table,
where the host can be asked from inside, and under [engines](#engines-side-by-side).

What is promised is judged round by round: our rate over the other's in the same round; the median
of the rounds, with their range. The best program written by hand is the one with the best median of
those that can lose nothing; beside the value is which."""

RELABELLED = """\
**In these data the JSON of {names} is made by the guest in Rust.**"""


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
    return {"brokers": found, **MADE_BY}


def page(data: Data, plots: Plots) -> str:
    """The method, then a table of rates and one of costs for each broker."""
    brokers = data["brokers"]
    parts = [METHOD, *caution(data), *_relabelled(brokers), _plot(brokers, plots)]
    for name, loads in brokers.items():
        contest = all_contests().get(name)
        guarantee = f" ({contest.guarantee})" if contest else ""
        parts += [f"### {name}", f"Messages a second{guarantee}:", cells.rates(loads)]
        if ECHO in loads:
            parts += [f"Processor time a message and memory under load, {ECHO}:"]
            parts.append(cells.costs(loads[ECHO]))
        parts.append(cells.troubles(loads))
    return "\n\n".join(parts)


def _relabelled(brokers: dict[str, Any]) -> list[str]:
    """Of data in which one name stood for guests of two languages."""
    names = dict.fromkeys(
        f"*{name}*"
        for loads in brokers.values()
        for name in loads.get(TRANSFORM, ())
        for peer in (JCO, WASMTIME)
        if name == f"{peer}, C"
    )
    return [RELABELLED.format(names=" and ".join(names))] if names else []


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
    brokers = data["brokers"]

    def rate(broker: str, name: str, load: str = ECHO) -> list[float]:
        rates: list[float] = brokers[broker][load][name]["rate"]
        return rates

    def best(broker: str, names: Iterable[str], load: str) -> str:
        """The one with the best median of those that lost nothing."""
        found = brokers[broker][load]
        medians = {
            name: Samples(found[name]["rate"]).median
            for name in names
            if name in found and not found[name]["lost"] and min(found[name]["rate"])
        }
        if not medians:
            raise LookupError(load)
        return max(medians, key=medians.__getitem__)

    def times(
        broker: str, ours: str, peers: Iterable[str], target: float, against: str, load: str = ECHO
    ) -> Verdict:
        peer = measured(lambda: best(broker, peers, load))
        ratios = peer and measured(
            lambda: paired(operator.truediv, rate(broker, ours, load), rate(broker, peer, load))
        )
        name = f"{broker}, {load}, {ours} against {against}"
        lost = measured(lambda: brokers[broker][load][ours]["lost"])
        remarks = ("" if peer in (None, against) else peer, f"ours lost {lost:,}" if lost else "")
        return Verdict.of_rounds(
            name, "at least", target, "times", ratios or None, ", ".join(filter(None, remarks))
        )

    plain, framework = _named(brokers, PLAIN), _named(brokers, FRAMEWORK)
    by_hand = "the best program written by hand"
    return [
        times(JETSTREAM, C, plain, 0.85, by_hand),
        times(CORE, C, plain, 0.5, by_hand),
        times(CORE, C_FRESH, plain, 0.18, by_hand),
        times(CORE, QUICKJS, plain, 0.2, by_hand),
        times(CORE, PYTHON, plain, 0.13, by_hand),
        times(CORE, C, framework, 6, FRAMEWORK),
        times(CORE, PYTHON, framework, 1.8, FRAMEWORK),
        times(JETSTREAM, C, framework, 2.5, FRAMEWORK),
        times(CORE, PYTHON, framework, 1, FRAMEWORK, TRANSFORM),
        times(JETSTREAM, PYTHON, framework, 1, FRAMEWORK, TRANSFORM),
        Verdict.of_rounds(
            f"memory broker, {ECHO}, {C}",
            *("at least", 110_000, "messages/s"),
            measured(lambda: rate(MEMORY, C)),
        ),
        Verdict.of_rounds(
            f"memory broker, {ECHO}, {C}, outside of the engine, the generator taken off",
            *("at most", 5, "µs"),
            measured(lambda: _outside_of_engine(brokers[MEMORY][ECHO])),
        ),
    ]


def _named(brokers: dict[str, Any], beginning: str) -> list[str]:
    """The contestants of a kind that lose nothing."""
    names = dict.fromkeys(
        name for loads in brokers.values() for those in loads.values() for name in those
    )
    losing = {
        name
        for contest in all_contests().values()
        for name, contestant in contest.contestants().items()
        if contestant.loses
    }
    return [name for name in names if name.startswith(beginning) and name not in losing]


def _outside_of_engine(found: dict[str, Any]) -> list[float]:
    """Microseconds of processor time a message, in each round: what the host takes in Python."""
    times = ((C, "cpu"), (C, "cpu_engine"), (NOBODY, "cpu"))
    rounds = (cells.each_round(found[name], time) for name, time in times)
    return paired(lambda own, engine, alone: (own - engine - alone) * 1e6, *rounds)
