"""Another host as a subject: a program that speaks JSON lines on its standard streams."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import signal
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping
from contextlib import suppress
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from ..message import Message
from .protocol import (
    PROTOCOL,
    Abilities,
    AdapterError,
    RefusedError,
    Settled,
    Setup,
    Subject,
    WireMessage,
)

ANSWER_SECONDS = 60.0
"""How long an answer may take; no operation waits as long by itself."""
START_SECONDS = 300.0
"""… and that to ``start``, for which a host may have to compile 18 MB."""
REFUSABLE = ("start", "publish")
"""What a host may refuse."""
MAX_LINE = 128 * 2**20
"""Bytes of an answer."""
LEAVE_SECONDS = 10.0
"""How long the program may take to end after its standard input was closed, or it was killed."""

T = TypeVar("T")

_MESSAGES = TypeAdapter(list[WireMessage])
_SETTLED = TypeAdapter(list[Settled])


class OtherHost(Subject):
    """A host behind an adapter program.

    Args:
        command: the program and its arguments, as a shell would split them.
    """

    def __init__(self, command: str) -> None:
        self._command = command
        self._process: Process | None = None

    async def hello(self) -> Abilities:
        """Start the program."""
        try:
            words = shlex.split(self._command)
            # In a session of its own, so that what it starts can be ended with it.
            self._process = await asyncio.create_subprocess_exec(
                *words, stdin=PIPE, stdout=PIPE, limit=MAX_LINE, start_new_session=True
            )
        except (OSError, TypeError, ValueError) as error:
            raise AdapterError(f"cannot start the adapter {self._command!r}: {error}") from error
        return self._parse(
            "hello", TypeAdapter(Abilities), await self._ask("hello", protocol=PROTOCOL)
        )

    async def start(self, setup: Setup) -> None:
        """See :class:`Subject`."""
        await self._ask("start", **setup.model_dump())

    async def publish(self, topic: str, message: Message) -> None:
        """See :class:`Subject`."""
        await self._ask("publish", **WireMessage.of(topic, message).model_dump())

    async def collect(self, count: int, seconds: float) -> list[Message]:
        """See :class:`Subject`."""
        answer = await self._ask("collect", count=count, seconds=seconds)
        return [one.message for one in self._parse("collect", _MESSAGES, answer)]

    async def settle(self, count: int, seconds: float) -> list[Settled]:
        """See :class:`Subject`."""
        answer = await self._ask("settle", count=count, seconds=seconds)
        return self._parse("settle", _SETTLED, answer)

    async def stop(self) -> None:
        """See :class:`Subject`."""
        await self._ask("stop")

    async def close(self) -> None:
        """Close its standard input, and see it end."""
        process = self._process
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        self._process = None
        try:
            async with asyncio.timeout(LEAVE_SECONDS):
                await process.wait()
        except TimeoutError:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            with suppress(TimeoutError):  # it reads to the end of a pipe that some other holds
                async with asyncio.timeout(LEAVE_SECONDS):
                    await process.communicate()

    async def _ask(self, operation: str, **arguments: object) -> object:
        """One line out, one line in; its ``ok``, or what it refuses."""
        seconds = START_SECONDS if operation == "start" else ANSWER_SECONDS
        line = json.dumps({"op": operation, **arguments}) + "\n"
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            raise self._wrong(operation, "it was not started")
        try:
            process.stdin.write(line.encode())
            await process.stdin.drain()
            async with asyncio.timeout(seconds):
                answer = await process.stdout.readline()
        except TimeoutError:
            raise self._wrong(operation, f"no answer within {seconds:g} s") from None
        except (OSError, ValueError) as error:
            raise self._wrong(operation, str(error)) from error
        return self._content(operation, answer)

    def _content(self, operation: str, line: bytes) -> object:
        if not line:
            raise self._wrong(operation, "it ended without an answer")
        try:
            answer = json.loads(line)
        except ValueError:
            raise self._wrong(operation, f"it answered {line[:200]!r}, which is no JSON") from None
        if isinstance(answer, Mapping) and "ok" in answer:
            return answer["ok"]
        if isinstance(answer, Mapping) and "refused" in answer and operation in REFUSABLE:
            raise RefusedError(str(answer["refused"]))
        raise self._wrong(
            operation, f'it answered {line[:200]!r}; expected {{"ok": …}} or {{"refused": "…"}}'
        )

    def _parse(self, operation: str, type_: TypeAdapter[T], answer: object) -> T:
        try:
            return type_.validate_python(answer)
        except ValidationError as error:
            problems = (
                f"{'.'.join(map(str, one['loc'])) or 'the answer'}: {one['msg']}"
                for one in error.errors()
            )
            raise self._wrong(operation, "; ".join(problems)) from error

    def _wrong(self, operation: str, what: str) -> AdapterError:
        return AdapterError(f"the adapter {self._command!r}, asked for {operation!r}: {what}")
