"""Contestant: our host with the memory broker and a feature of delivery. Arguments: COMPONENT WAY.

The way is JSON:

* ``host``, ``component``, ``subscription``: keys of the configuration beside the usual ones;
* ``topics``: how many topics the messages come on, in turn; default: one;
* ``pairs``, ``values``: metadata of each message, and how many values its first pair has, in turn;
* ``send``: the patterns the guest may send to; default: its one topic;
* ``names``: the guest is told where to send by the body: ``"same"`` or ``"different"`` topics;
* ``without``: ``"admission"`` or ``"limits"``, to see what that costs which cannot be turned off;
* ``pauses``: it is an error if admission never stopped the fetching.
"""

from __future__ import annotations

import asyncio
import json
import sys
from itertools import count, cycle, repeat
from typing import Any
from unittest import mock

from loop import Inputs, open_loop
from serving import serve

from wasi_messaging import Config, Host, Message
from wasi_messaging.component import Component
from wasi_messaging.delivery.admission import Admission
from wasi_messaging.delivery.attachment import Attachment

INSTANCES = 64
OUTSTANDING = 256
ENOUGH = 1_000
"""Messages among which there must have been a pause."""

Way = dict[str, Any]


def configuration(component: str, way: Way) -> Config:
    """One component, one client, one subscription."""
    subscription = {
        "topic": "in.*" if way.get("topics") else "send" if way.get("names") else "in",
        "max_in_flight": OUTSTANDING,
        **way.get("subscription", {}),
    }
    return Config.from_dict(
        {
            **way.get("host", {}),
            "clients": {"default": {"url": "memory:"}},
            "components": {
                "bench": {
                    "path": component,
                    "instances": INSTANCES,
                    "subscriptions": [subscription],
                    "permissions": {"default": {"send": way.get("send", ["out"])}},
                    **way.get("component", {}),
                }
            },
        }
    )


class Feed:
    """Makes the messages of a way; where it can, once for the whole run."""

    def __init__(self, way: Way) -> None:
        self._way = way
        self._made: dict[bytes, Inputs] = {}
        self._numbers = count()

    def inputs(self, body: bytes) -> Inputs:
        """Messages with this body, unless the way has bodies of its own."""
        names = self._way.get("names")
        if names == "different":
            return (("send", Message(b"out.%08d" % number)) for number in self._numbers)
        if names == "same":
            return repeat(("send", Message(b"out.%08d" % 0)))
        if body not in self._made:
            self._made[body] = self._cycle(body)
        return self._made[body]

    def _cycle(self, body: bytes) -> Inputs:
        topics, values = self._way.get("topics", 0), self._way.get("values", 1)
        pairs = self._way.get("pairs", 0)
        rest = tuple((f"name-{index}", f"value {index}") for index in range(1, pairs))
        return cycle(
            (
                f"in.{number}" if topics else "in",
                Message(body, None, (("key", f"key-{number}"), *rest) if pairs else None),
            )
            for number in range(max(topics, values))
        )


def nothing(*_: object) -> None:
    """Stands for what is left out; a mock would take longer than that."""


def no_size(_: Message) -> int:
    """A message that takes no room."""
    return 0


def leave_out(what: str) -> None:
    """Replace a part that cannot be turned off by one that does nothing."""
    if what == "admission":
        for name in ("take", "free"):
            mock.patch.object(Admission, name, nothing).start()
        mock.patch("wasi_messaging.delivery.deliveries.size_of", no_size).start()
    elif what == "limits":
        mock.patch.object(Component, "excess", nothing).start()
    else:
        raise ValueError(what)


class Pauses:
    """Counts how often the fetching was stopped."""

    def __init__(self) -> None:
        self.count = 0
        pause = Attachment.pause

        def counted(attachment: Attachment) -> None:
            self.count += 1
            pause(attachment)

        mock.patch.object(Attachment, "pause", counted).start()


def main() -> None:
    """Start the host and wait for orders."""
    component, way = sys.argv[1], json.loads(sys.argv[2])
    for what in way.get("without", ()):
        leave_out(what)
    pauses = Pauses() if way.get("pauses") else None
    feed = Feed(way)
    with asyncio.Runner() as runner:
        host = Host(configuration(component, way))
        output = "out.*" if way.get("names") else "out"
        loop = runner.run(open_loop(host, OUTSTANDING, output))

        def run(body: bytes, number: int) -> None:
            runner.run(loop.run(feed.inputs(body), number))
            if pauses is not None and number >= ENOUGH and not pauses.count:
                raise RuntimeError("the byte cap was not reached")

        serve(run)
        runner.run(host.__aexit__(None, None, None))


if __name__ == "__main__":
    main()
