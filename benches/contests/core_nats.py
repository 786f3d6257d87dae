"""Core NATS: at most once, nothing is stored or confirmed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

import nats
from measure import framework
from measure.contest import UVLOOP, Contest, Contestant, Program, Ready, Server
from measure.handlers import COPIES, headers, transform
from measure.loads import ECHO, FAN_OUT, HEADERS, KIB, REPLY, TRANSFORM
from measure.nats_contest import NatsContest, jco, wasmtime
from nats.aio.msg import Msg


async def asyncio_program(handler: str, server: Server, ready: Ready) -> None:
    """The best there is with nats-py: a callback that publishes."""
    client = await nats.connect(server.url, skip_subject_validation=True)
    publish, described = client.publish, headers(handler)

    async def echo(message: Msg) -> None:
        await publish("out", message.data)

    async def echo_with_headers(message: Msg) -> None:
        await publish("out", message.data, headers=described)

    async def transformed(message: Msg) -> None:
        await publish("out", transform(message.data))

    async def fan_out(message: Msg) -> None:
        for _ in range(COPIES):
            await publish("out", message.data)

    async def answer(message: Msg) -> None:
        await publish(message.reply, message.data)

    callbacks = {
        ECHO: echo,
        HEADERS: echo_with_headers,
        TRANSFORM: transformed,
        FAN_OUT: fan_out,
        REPLY: answer,
    }
    await client.subscribe("in", cb=callbacks[handler], pending_msgs_limit=0, pending_bytes_limit=0)
    await client.flush()
    ready()
    await asyncio.Event().wait()


async def faststream(handler: str, server: Server, ready: Ready) -> None:
    """As its documentation shows it, without its log of each message."""
    from faststream.nats import NatsBroker

    broker = NatsBroker(server.url, logger=None)
    attach = broker.subscriber("in", pending_msgs_limit=0, pending_bytes_limit=0)
    to_out = broker.publisher("out", headers=headers(handler))
    await framework.serve(handler, broker, attach, to_out, framework.echo, ready)


class CoreNats(NatsContest):
    """A nats-server without JetStream."""

    name = "core NATS"
    file = "core_nats"
    guarantee = "at most once"
    programs: ClassVar[dict[str, Program]] = {
        "asyncio": asyncio_program,
        f"asyncio{UVLOOP}": asyncio_program,
        "FastStream": faststream,
    }

    @contextmanager
    def serve(self) -> Iterator[Server]:
        from measure.server import running_server  # brings our package, which no program needs

        with running_server() as server:
            url = f"nats://127.0.0.1:{server.port}"
            yield Server(url, {"url": url}, server.process, {"port": server.port})

    def others(self) -> dict[str, Contestant]:
        variants: dict[str, Any] = {"handlers": (ECHO,), "largest": KIB}  # to compare ways
        return {
            "asyncio": self.native("asyncio"),
            f"asyncio{UVLOOP}": self.native(f"asyncio{UVLOOP}", **variants),
            "FastStream": self.native("FastStream"),
            **jco(),
            **wasmtime(),
        }


CONTEST: Contest = CoreNats()
