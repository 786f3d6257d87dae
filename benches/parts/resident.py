"""What a host has in memory: at rest, for each instance, under load."""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import repeat
from pathlib import Path
from statistics import median
from typing import Any

from measure import markdown, waves
from measure.figures import Verdict, measured
from measure.hosts import RunningHost
from measure.memory import MemoryWatch, memory
from measure.part import Data
from measure.places import guest
from measure.plots import Line, Plots
from measure.run import Run
from measure.samples import Samples
from measure.server import running_server
from measure.stored import place_on, publish, wait_settled

NAME = "resident"
TITLE = "Resident memory"

MB = 1e6
REST_SECONDS = 1.0
REST_NATS, REST_EMBEDDED = "on NATS", "on the embedded broker"
C, PYTHON = "C", "Python"
INSTANCES: dict[str, tuple[str, tuple[int, ...]]] = {
    C: ("request-reply/c", (1, 16, 64, 128, 256)),
    PYTHON: ("request-reply/python", (1, 2, 4, 8, 16)),
}
LOADED: dict[str, tuple[str, int, int]] = {
    C: ("bench/c", 64, 100_000),
    PYTHON: ("echo/python", 16, 20_000),
}
"""Language → guest, instances, messages of 256 B that wait when the host starts."""
TOPIC = "in"
BODY = b"x" * 256

CONFIGURATION = """
[clients.default]
{client}

[components.bench]
path = {component}
instances = {instances}
subscriptions = [{{ topic = "{topic}", max_in_flight = 256{start} }}]
permissions.default.send = ["out"]
"""

METHOD = """\
`wasi-messaging run` with one component, its memory as `/proc/PID/smaps_rollup` has it. A page that
is mapped more than once counts once for each place in *resident* (`Rss`, what `ps` shows), and as a
share in *proportional* (`Pss`): instances share what their component's memory begins as, and a host
shares its libraries with other processes. The promises are judged by the larger one, resident. The
order is the same in each round.

At rest: {rest:g} s after it has attached, with a C component, before the first message; with the
embedded broker, the server and its supervisor are processes of their own and not counted.

Each instance: guests ask a question by request and reply, and none is answered before all of them
have asked, so that all instances exist at once ({waves} times for each number); then the memory of
the idle host. The slope over the number of instances is what each takes.

Under load: the largest of ten looks a second while the host works off what waits in JetStream
(bodies of 256 B, the guest sends a copy, confirmed)."""


def measure(run: Run) -> Data:
    """Each as often as there are rounds, in turns."""
    rest: dict[str, list[dict[str, int]]] = {REST_NATS: [], REST_EMBEDDED: []}
    instances: dict[str, list[dict[str, Any]]] = {C: [], PYTHON: []}
    load: dict[str, list[int]] = {C: [], PYTHON: []}
    for turn in range(run.rounds):
        run.say(f"round {turn + 1} of {run.rounds}")
        run.attempt(REST_NATS, lambda: rest[REST_NATS].append(_rest_on_nats()))
        run.attempt(REST_EMBEDDED, lambda: rest[REST_EMBEDDED].append(_rest_embedded()))
        for language in (C, PYTHON):
            act: Callable[[], None] = partial(_instances, instances[language], language)
            run.attempt(f"instances of {language}", act)
            share = 0.1 if run.quick else 1.0
            run.attempt(f"load of {language}", partial(_load, load[language], language, share))
    return {"rest": rest, "instances": instances, "load": load}


def _text(client: str, component: str, instances: int, start: str = "") -> str:
    return CONFIGURATION.format(
        client=client,
        component=json.dumps(str(guest(component))),
        instances=instances,
        topic=TOPIC,
        start=start,
    )


def _rest_on_nats() -> dict[str, int]:
    with running_server() as server:
        return _rest(f'url = "{place_on(server).url}"')


def _rest_embedded() -> dict[str, int]:
    return _rest('url = "embedded:"')


def _rest(client: str) -> dict[str, int]:
    with (
        tempfile.TemporaryDirectory(prefix="wasi-messaging-bench-") as folder,
        RunningHost(Path(folder), _text(client, "bench/c", 64)) as host,
    ):
        host.wait_attached()
        time.sleep(REST_SECONDS)
        found = memory(host.process)
        host.stop()
    return found.as_json()


def _instances(found: list[dict[str, Any]], language: str) -> None:
    component, counts = INSTANCES[language]
    with (
        running_server() as server,
        tempfile.TemporaryDirectory(prefix="wasi-messaging-bench-") as folder,
    ):
        points = waves.grow(place_on(server), component, counts, Path(folder))
    found.append(
        {
            str(point.wanted): {"instances": point.instances, **point.memory.as_json()}
            for point in points
        }
    )


def _load(found: list[int], language: str, share: float) -> None:
    component, instances, messages = LOADED[language]
    count = int(messages * share)
    with (
        running_server(TOPIC, "out") as server,
        tempfile.TemporaryDirectory(prefix="wasi-messaging-bench-") as folder,
    ):
        place = place_on(server)
        asyncio.run(publish(place, TOPIC, repeat(BODY, count)))
        client = f'url = "{place.url}"\nstream = {{ name = "{place.stream}" }}'
        text = _text(client, component, instances, ', start = "all"')
        with RunningHost(Path(folder), text) as host, MemoryWatch(host.process) as watch:
            host.wait_attached()
            asyncio.run(wait_settled(place))
    found.append(max(watch.samples))


def page(data: Data, plots: Plots) -> str:
    """Method, a table for each, and the memory over the number of instances."""
    method = METHOD.format(rest=REST_SECONDS, waves=waves.WAVES)
    rest = markdown.table(
        ("at rest, MB", "resident", "proportional", "private"),
        [
            [where, *(_mb([one[kind] for one in taken]) for kind in taken[0])]
            for where, taken in data["rest"].items()
            if taken
        ],
    )
    each = markdown.table(
        ("each instance, MB", "to", "resident", "proportional", "private"),
        [
            [
                language,
                str(INSTANCES[language][1][-1]),
                *(
                    _mb(waves.slopes(taken, kind))
                    for kind in ("resident", "proportional", "private")
                ),
            ]
            for language, taken in data["instances"].items()
            if taken
        ],
    )
    load = markdown.table(
        ("under load, MB", "guest", "instances", "resident at most"),
        [
            [language, *map(str, LOADED[language][:2]), _mb(taken)]
            for language, taken in data["load"].items()
            if taken
        ],
    )
    lines = {
        f"{language}, {kind}": _line(taken, kind)
        for language, taken in data["instances"].items()
        for kind in ("resident", "proportional")
        if taken
    }
    words = "Memory of a host over the number of its instances"
    plot = plots.lines(NAME, words, lines, x="instances", y="MB", log="x")
    return "\n\n".join((method, rest, each, plot, load))


def figures(data: Data) -> Sequence[Verdict]:
    """The promises of the host at rest and of an instance."""
    return (
        Verdict(
            "resident memory of a host at rest",
            "at most",
            90,
            "MB",
            measured(partial(_rest_of, data)),
        ),
        *(
            Verdict(
                f"resident memory of each reused {language} instance",
                bound="at most",
                target=target,
                unit="MB",
                value=measured(partial(_each_of, data, language)),
            )
            for language, target in ((C, 0.5), (PYTHON, 12.0))
        ),
    )


def _rest_of(data: Data) -> float:
    rest = data["rest"]
    if not all(rest.values()):
        raise LookupError
    larger: float = max(median(one["resident"] for one in taken) for taken in rest.values())
    return larger / MB


def _each_of(data: Data, language: str) -> float:
    rounds = data["instances"][language]
    if not rounds:
        raise LookupError
    return median(waves.slopes(rounds, "resident")) / MB


def _line(rounds: list[dict[str, Any]], kind: str) -> Line:
    return [
        (float(count), Samples([one[count][kind] / MB for one in rounds])) for count in rounds[0]
    ]


def _mb(values: Sequence[float]) -> str:
    return markdown.spread(Samples(values), 1 / MB)
