"""Contestant: our host. Argument: CONFIGURATION, as JSON.

It says READY on standard output when messages may come, and runs until it is told to end.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys

from wasi_messaging import Config, Host
from wasi_messaging.allocator import keep_freed_memory


async def main() -> None:
    """Run the host until SIGTERM."""
    keep_freed_memory()  # as `wasi-messaging run` does
    async with Host(Config.from_dict(json.loads(sys.argv[1]))) as host:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, host.stop)
        print("READY", flush=True)
        await host.wait()


if __name__ == "__main__":
    asyncio.run(main())
