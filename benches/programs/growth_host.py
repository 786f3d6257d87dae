"""Contestant: our host with the memory broker and more or less of something.

Arguments: COMPONENT WAY. The way is JSON; what it does not say is there once, or not at all:

* ``components``, ``subscriptions``: how many; the latter are those of each component;
* ``busy``: ``"one"`` of all subscriptions has all the traffic; default: they take turns;
* ``new``: each message comes on a topic that was not there before;
* ``instances``, ``in_flight``: of each component; messages outstanding;
* ``pairs``: of metadata, in each message;
* ``patterns``: that the component may send to, of which the last one matches;
* ``names``: the guest is told by the body to send to a topic that is always new;
* ``waiting``: messages in the queue, beside those outstanding.
"""

from __future__ import annotations

import asyncio
import json
import sys
from itertools import count, cycle
from typing import Any

from loop import Inputs, Loop, open_loop
from serving import serve

from wasi_messaging import Config, Host, Message
from wasi_messaging.allocator import keep_freed_memory

Way = dict[str, Any]

INSTANCES = 64
OUTSTANDING = 256
FIRST = b"x" * 256
"""Body of what is handled before anything is measured, and of what waits."""


def topics(way: Way) -> list[list[str]]:
    """Of each component, those of its subscriptions."""
    if way.get("names"):
        return [["send"]]  # to the guest that names topics, its own is what to do
    components, subscriptions = range(way.get("components", 1)), range(way.get("subscriptions", 1))
    more = ".*" if way.get("new") else ""
    return [[f"in.{one}.{other}{more}" for other in subscriptions] for one in components]


def configuration(component: str, way: Way) -> Config:
    """All components have the same file."""
    in_flight = way.get("in_flight", OUTSTANDING)
    patterns = [f"area-{number}.*.alerts" for number in range(way.get("patterns", 1) - 1)]
    settings = {
        "path": component,
        "instances": way.get("instances", INSTANCES),
        "permissions": {"default": {"send": [*patterns, "out.*" if way.get("names") else "out"]}},
    }
    components = {
        f"bench-{number}": {
            **settings,
            "subscriptions": [{"topic": topic, "max_in_flight": in_flight} for topic in mine],
        }
        for number, mine in enumerate(topics(way))
    }
    room = way.get("waiting", 0) + 2 * OUTSTANDING
    clients = {"default": {"url": "memory:", "max_queue": room, "lease": "1h"}}
    return Config.from_dict({"clients": clients, "components": components})


def inputs(way: Way, body: bytes) -> Inputs:
    """Messages with this body, as many as are asked for."""
    if way.get("names"):
        return (("send", Message(b"out.%08d" % number)) for number in count())
    pairs = tuple((f"name-{number}", f"value {number}") for number in range(way.get("pairs", 0)))
    message = Message(body, None, pairs or None)
    all_topics = [topic for mine in topics(way) for topic in mine]
    if way.get("busy") == "one":
        all_topics = [all_topics[len(all_topics) // 2]]
    if way.get("new"):
        some = [topic.removesuffix("*") for topic in all_topics]
        return ((f"{topic}{number}", message) for number, topic in enumerate(cycle(some)))
    return cycle([(topic, message) for topic in all_topics])


class Feed:
    """Has bodies handled, with so many messages waiting all the time."""

    def __init__(self, host: Host, loop: Loop, way: Way) -> None:
        self._broker = host.broker()
        self._loop = loop
        self._way = way
        self._inputs: dict[bytes, Inputs] = {}
        self._lacking = way.get("waiting", 0)
        self._surplus = 0

    async def handle(self, body: bytes, number: int) -> None:
        """Have so many messages handled."""
        those = self._inputs.setdefault(body, inputs(self._way, body))
        if not self._way.get("waiting"):
            await self._loop.run(those, number)
            return
        for _ in range(self._lacking):
            topic, message = next(those)
            if self._broker.publish(topic, message) is not None:
                raise RuntimeError("the queue is full")
        # A run handles some more than it is asked for; about as many as the run before did.
        await self._loop.run(those, max(1, number - self._surplus))
        self._lacking = self._surplus = self._loop.surplus


def main() -> None:
    """Start the host and wait for orders."""
    component, way = sys.argv[1], json.loads(sys.argv[2])
    keep_freed_memory()  # as `wasi-messaging run` does
    with asyncio.Runner() as runner:
        host = Host(configuration(component, way))
        in_flight = way.get("in_flight", OUTSTANDING)
        output = "out.*" if way.get("names") else "out"
        feed = Feed(host, runner.run(open_loop(host, in_flight, output)), way)
        # Before it is measured, the queue fills, and each topic's first message finds its group.
        visits = max(in_flight, sum(map(len, topics(way))))
        runner.run(feed.handle(FIRST, visits))
        serve(lambda body, number: runner.run(feed.handle(body, number)))
        runner.run(host.__aexit__(None, None, None))


if __name__ == "__main__":
    main()
