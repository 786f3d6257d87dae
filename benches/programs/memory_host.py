"""Contestant: our host with the memory broker, in a closed loop. Arguments: COMPONENT IN-FLIGHT."""

from __future__ import annotations

import asyncio
import sys
from itertools import repeat

from loop import open_loop
from serving import serve

from wasi_messaging import Config, Host, Message

INSTANCES = 64


def configuration(component: str, in_flight: int) -> Config:
    """One component, one client, one subscription."""
    return Config.from_dict(
        {
            "clients": {"default": {"url": "memory:"}},
            "components": {
                "bench": {
                    "path": component,
                    "instances": INSTANCES,
                    "subscriptions": [{"topic": "in", "max_in_flight": in_flight}],
                    "permissions": {"default": {"send": ["out"]}},
                }
            },
        }
    )


def main() -> None:
    """Start the host and wait for orders."""
    component, in_flight = sys.argv[1], int(sys.argv[2])
    with asyncio.Runner() as runner:
        host = Host(configuration(component, in_flight))
        loop = runner.run(open_loop(host, in_flight))
        serve(lambda body, count: runner.run(loop.run(repeat(("in", Message(body))), count)))
        runner.run(host.__aexit__(None, None, None))


if __name__ == "__main__":
    main()
