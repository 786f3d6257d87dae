"""Messages a second on each broker: our host with several guests beside programs without one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from contests import all_contests
from matplotlib.figure import Figure as Drawing
from measure import markdown
from measure.echoes import MADE_BY, caution
from measure.figures import Verdict, measured
from measure.loads import LOADS
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
TIMES = ("cpu", "cpu_engine", "cpu_broker", "cpu_generator")
"""Processor time of each process, where it was measured."""
CORE, JETSTREAM, MEMORY = "core NATS", "JetStream", "memory"
PLAIN, FRAMEWORK = "asyncio", "FastStream"

METHOD = """\
A closed loop: a generator keeps a number of messages outstanding, 256 unless the column says
otherwise, 64 for the fan-out and for 64 KiB, 4 for 1 MiB, and counts what comes back, by a number
in each body; so it knows what was lost and what came twice. Each contestant has a server of its
own and is started once; contestants take turns of half a second or a little more. On NATS the
generator is `benches/loadgen` (Rust, the protocol spoken by hand). On the memory broker generator
and handler are one process and messages are counted and carry no numbers; what *asyncio* takes
there is about the share of generator and broker in all the others.

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
* *ours*: our host, 64 instances, everything else as it is by default but `max_in_flight = 256`.
  *Fresh* is `isolation = "message"`. JSON is left out in C, which has no library for it. Where
  bodies are large, instances of the Python guest are replaced before they hold 16 MiB of them
  (`max_messages_per_instance`), as componentize-py keeps what is given to a message. QuickJS is
  from TypeScript by componentize-qjs, which has no `TextDecoder`: its transform pays for that.
* *jco on Node.js*: the component transpiled to JavaScript, one instance, the official client of
  NATS; on JetStream it confirms and acknowledges as we do. *wasmtime for Python*: the public
  component API, one instance, nats-py; only small bodies, as it passes them byte by byte. Both run
  the Rust guest where C has none."""


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
            _add(rows[load].setdefault(contestant, {}), answer)

        play(run, contest, contest.contestants(), loads, record)
    return {"brokers": found, **MADE_BY}


def _add(cell: dict[str, Any], answer: dict[str, Any]) -> None:
    for name in ("lost", "duplicates"):
        cell[name] = cell.get(name, 0) + answer[name]
    handled = answer["handled"]
    cell.setdefault("rate", []).append(handled / answer["seconds"] if handled else 0.0)
    cell.setdefault("rss", []).append(answer["rss"])
    for name in TIMES:
        if name in answer and handled:
            cell.setdefault(name, []).append(answer[name] / handled)


def page(data: Data, plots: Plots) -> str:
    """The method, then a table of rates and one of costs for each broker."""
    brokers = data["brokers"]
    parts = [METHOD, *caution(data), _plot(brokers, plots)]
    for name, loads in brokers.items():
        contest = all_contests().get(name)
        guarantee = f" ({contest.guarantee})" if contest else ""
        parts += [f"### {name}", f"Messages a second{guarantee}:", _rates(loads)]
        if ECHO in loads:
            parts += [f"Processor time a message and memory under load, {ECHO}:"]
            parts.append(_costs(loads[ECHO]))
        parts.append(_troubles(loads))
    return "\n\n".join(parts)


def _plot(brokers: dict[str, Any], plots: Plots) -> str:
    shown = {name: loads[ECHO] for name, loads in brokers.items() if loads.get(ECHO)}
    rows = [len(cells) for cells in shown.values()]

    def paint(drawing: Drawing) -> None:
        every = drawing.subplots(len(shown), squeeze=False, sharex=True, height_ratios=rows)
        for axes, (name, cells) in zip(every[:, 0], shown.items(), strict=True):
            bars = {
                who: {"ours" if who in OURS else "others": Samples(cell["rate"])}
                for who, cell in cells.items()
            }
            draw_bars(axes, bars, unit="messages/s", log=True, legend=False)
            axes.set_title(name)
            axes.label_outer()

    words = "Messages a second of each contestant on each broker, echo of 256 B"
    return plots.draw(NAME, words, paint, height=1.5 + 0.22 * sum(rows)) if shown else ""


def _rates(loads: dict[str, Any]) -> str:
    contestants = dict.fromkeys(name for cells in loads.values() for name in cells)
    rows = [
        [
            name,
            *(
                markdown.spread(Samples(cells[name]["rate"])) if name in cells else ""
                for cells in loads.values()
            ),
        ]
        for name in contestants
    ]
    return markdown.table(("", *loads), rows)


def _costs(cells: dict[str, Any]) -> str:
    kinds = [name for name in TIMES if any(name in cell for cell in cells.values())]
    heads = {
        "cpu": "handler, µs",
        "cpu_engine": "of it engine and guest, µs",
        "cpu_broker": "broker, µs",
        "cpu_generator": "generator, µs",
    }
    rows = [
        [
            name,
            *(markdown.spread(Samples(cell[kind]), 1e6) if kind in cell else "" for kind in kinds),
            markdown.mebibytes(Samples(cell["rss"]).median),
        ]
        for name, cell in cells.items()
    ]
    return markdown.table(("", *(heads[kind] for kind in kinds), "resident"), rows)


def _troubles(loads: dict[str, Any]) -> str:
    """What was lost or came twice."""
    found = [
        f"{name}, {load}: {cell['lost']:,} lost, {cell['duplicates']:,} twice"
        for load, cells in loads.items()
        for name, cell in cells.items()
        if cell["lost"] or cell["duplicates"]
    ]
    return "\n".join(f"* {line}" for line in found) or "Nothing was lost, nothing came twice."


def figures(data: Data) -> list[Verdict]:
    """Against the programs without a host, and on the memory broker."""
    brokers = data["brokers"]

    def rate(broker: str, names: Iterable[str], load: str = ECHO) -> float:
        """The best median of some contestants."""
        cells = brokers[broker][load]
        medians = [Samples(cells[name]["rate"]).median for name in names if name in cells]
        if not medians or not max(medians):
            raise LookupError(load)
        return max(medians)

    def times(
        broker: str, ours: str, peers: Iterable[str], target: float, against: str, load: str = ECHO
    ) -> Verdict:
        value = measured(lambda: rate(broker, [ours], load) / rate(broker, peers, load))
        name = f"{broker}, {load}, {ours} against {against}"
        return Verdict(name, "at least", target, "times", value)

    plain, framework = _named(brokers, PLAIN), _named(brokers, FRAMEWORK)
    by_hand = "the best program written by hand"
    python_side = measured(lambda: _outside_of_engine(brokers[MEMORY][ECHO][C]) * 1e6)
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
        Verdict(
            f"memory broker, {ECHO}, {C}",
            *("at least", 110_000, "messages/s"),
            measured(lambda: rate(MEMORY, [C])),
        ),
        Verdict(
            "memory broker, everything outside of the engine, generator included",
            *("at most", 5, "µs"),
            python_side,
        ),
    ]


def _named(brokers: dict[str, Any], beginning: str) -> list[str]:
    """The contestants of a kind that lose nothing."""
    names = dict.fromkeys(
        name for loads in brokers.values() for cells in loads.values() for name in cells
    )
    losing = {
        name
        for contest in all_contests().values()
        for name, contestant in contest.contestants().items()
        if contestant.loses
    }
    return [name for name in names if name.startswith(beginning) and name not in losing]


def _outside_of_engine(cell: dict[str, Any]) -> float:
    """Seconds of processor time a message."""
    pairs = zip(cell["cpu"], cell["cpu_engine"], strict=True)
    return Samples([whole - engine for whole, engine in pairs]).median
