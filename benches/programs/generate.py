"""Put a broker's server under load once; prints the answer as a line of JSON.

Arguments: CLIENT, as in ``[clients.default]``, and LOAD; both JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path

from wasi_messaging import Config, Host

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from generator import Generator
from measure.loads import Load


async def main() -> None:
    """Connect, send, print."""
    client, load = json.loads(sys.argv[1]), Load.from_json(sys.argv[2])
    configuration = Config.from_dict({"clients": {"default": client}, "components": {}})
    async with Host(configuration) as host:
        before = time.process_time()  # it takes longer to start than to send
        answer = await Generator(host.broker(), load).run()
        print(json.dumps({**answer, "cpu_generator": time.process_time() - before}))


if __name__ == "__main__":
    asyncio.run(main())
