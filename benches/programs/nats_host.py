"""Echo on NATS by our host: "in" to "out". Arguments: WAY URL COMPONENT.

It says READY on standard output, and runs until it is told to end.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from typing import Any

from wasi_messaging import Config, Host

INSTANCES = 64
IN_FLIGHT = {"core": 1024, "jetstream": 256}
STREAM = {"name": "ECHO", "subjects": ["in", "out"]}


def configuration(way: str, url: str, component: str) -> Config:
    """One component, one client, one subscription."""
    client: dict[str, Any] = {"url": url}
    if way == "jetstream":
        client["stream"] = STREAM
    return Config.from_dict(
        {
            "clients": {"default": client},
            "components": {
                "bench": {
                    "path": component,
                    "instances": INSTANCES,
                    "subscriptions": [{"topic": "in", "max_in_flight": IN_FLIGHT[way]}],
                    "permissions": {"default": {"send": ["out"]}},
                }
            },
        }
    )


async def main() -> None:
    """Run the host until SIGTERM."""
    way, url, component = sys.argv[1:]
    async with Host(configuration(way, url, component)) as host:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, host.stop)
        print("READY", flush=True)
        await host.wait()
        print(host.counters("bench"), file=sys.stderr)


if __name__ == "__main__":
    asyncio.run(main())
