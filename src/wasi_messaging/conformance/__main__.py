"""This host as an adapter program: what an author of another host can compare theirs with.

Usage: ``python -m wasi_messaging.conformance [URL]``; the broker is ``memory:`` unless said.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from ..errors import MessagingError
from .ours import OurHost
from .protocol import RefusedError, Setup, Subject, WireMessage


async def serve(subject: Subject) -> None:
    """Answer each line of standard input with one of standard output, until it ends."""
    loop = asyncio.get_running_loop()
    try:
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            try:
                asked = json.loads(line)
                answer = await _answer(subject, asked)
            except RefusedError as error:
                print(json.dumps({"refused": str(error)}), flush=True)
            else:
                print(json.dumps({"ok": answer}), flush=True)
    finally:
        await subject.close()


async def _answer(subject: Subject, asked: dict[str, Any]) -> object:
    operation = asked.pop("op")
    if operation == "hello":  # whatever the protocol: there is only one
        return (await subject.hello()).model_dump()
    if operation == "start":
        await subject.start(Setup.model_validate(asked))
    elif operation == "publish":
        wire = WireMessage.model_validate(asked)
        await subject.publish(wire.topic, wire.message)
    elif operation == "collect":
        collected = await subject.collect(**asked)
        return [WireMessage.of(one.topic or "", one).model_dump() for one in collected]
    elif operation == "settle":
        return [one.model_dump() for one in await subject.settle(**asked)]
    elif operation == "stop":
        await subject.stop()
    else:
        raise ValueError(f"no operation {operation!r}")
    return None


if __name__ == "__main__":
    try:
        asyncio.run(serve(OurHost(*sys.argv[1:2] or ["memory:"])))
    except (ValueError, LookupError, TypeError, MessagingError) as problem:
        sys.exit(f"cannot go on: {problem}")
