"""The turn: the one place where work enters the engine and where its events leave it.

Everything here runs in callbacks of the event loop; nothing waits. Handlings and answers collect
until the next turn, which hands them in as one batch and takes out one batch of events.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from . import _engine
from .component import Component
from .delivery.outbox import Outbox
from .errors import EngineError, MessageTooLargeError, ReleaseError
from .handling import Handling, failure
from .operations import CODES, Operations

if TYPE_CHECKING:
    from ._engine import Answer, WireMetadata

logger = logging.getLogger("wasi_messaging.host")

TURN_SECONDS = 0.002
"""How long one callback goes on with answers that came at once, before other callbacks run. A turn
of the engine that began within this time may take as long again."""


class Dispatcher:
    """Feeds the engine and acts on its events.

    Args:
        engine: nobody else uses it from now on; :meth:`close` closes it.
        components: the engine's ids → components.
        on_failure: told when the engine has failed and handles nothing any more.
    """

    def __init__(
        self,
        engine: _engine.Engine,
        components: Mapping[int, Component],
        on_failure: Callable[[EngineError], None],
    ) -> None:
        self._engine = engine
        self._components = components
        self._on_failure = on_failure
        self._failure: EngineError | None = None
        self._loop = asyncio.get_running_loop()
        self._ids = itertools.count(1)
        self._running: dict[int, Handling] = {}
        self._releasing: dict[asyncio.Future[int], Handling] = {}
        self._operations = Operations(self._running, self._answer)
        self._acts: dict[int, Callable[[_engine.Event], None]] = {
            **self._operations.ways,
            _engine.DONE: self._done,
            _engine.LOG: self._log,
        }
        self._handlings: list[tuple[int, int, str | None, bytes, str | None, WireMetadata]] = []
        self._answers: list[tuple[int, Answer]] = []
        self._scheduled = False
        self._turning = False
        self._idle = asyncio.Event()
        self._loop.add_reader(engine.fileno(), self._turn)

    async def close(self) -> None:
        """Close the engine. Operations that still wait for a broker are abandoned."""
        self._loop.remove_reader(self._engine.fileno())
        await self._operations.close()
        for release in list(self._releasing):
            release.cancel()
        await asyncio.to_thread(self._engine.close)
        self._turn()  # for the last outcomes, and the guests' last lines
        for handling in self._running.values():
            handling.cancelled()

    def submit(self, handling: Handling) -> int:
        """Give a message to its component; the handling hears of the outcome. Returns its id."""
        identity = next(self._ids)
        message = handling.message
        if self._failure is not None:
            self._loop.call_soon(handling.fail, self._failure)
            return identity
        if message.metadata or len(message.data) > handling.component.max_message_size:
            excess = handling.excess()
            if excess is not None:
                self._loop.call_soon(handling.fail, MessageTooLargeError(excess))
                return identity
        self._running[identity] = handling
        self._handlings.append(
            (
                handling.component.id,
                identity,
                message.topic,
                message.data,
                message.content_type,
                message.metadata,
            )
        )
        if not self._turning:
            self._schedule()
        return identity

    def run_command(self, handling: Handling, arguments: list[str]) -> int:
        """Start the component's ``wasi:cli/run``; the handling hears of the outcome."""
        identity = next(self._ids)
        self._running[identity] = handling
        self._engine.run_command(handling.component.id, identity, arguments)
        self._schedule()
        return identity

    def cancel(self, identity: int) -> None:
        """Stop a handling, if it is still running; it hears that it was cancelled."""
        if identity in self._running:
            self._engine.cancel(identity)
            self._schedule()

    def cancel_all(self) -> None:
        """Stop every handling there is."""
        for identity in list(self._running):
            self.cancel(identity)
        for release in list(self._releasing):
            release.cancel()

    @property
    def running(self) -> int:
        """Handlings whose outcome is not known yet, or whose sends have not left."""
        return len(self._running) + len(self._releasing)

    async def wait_idle(self) -> None:
        """Return when no handling is running."""
        while self.running:
            self._idle.clear()
            await self._idle.wait()

    def _answer(self, operation: int, answer: Answer) -> None:
        self._answers.append((operation, answer))
        if not self._turning:
            self._schedule()

    def _schedule(self) -> None:
        """Have a turn soon, unless this is one: it takes what came up meanwhile itself."""
        if not (self._scheduled or self._turning):
            self._scheduled = True
            self._loop.call_soon(self._turn)

    def _turn(self) -> None:
        self._scheduled = False
        self._turning = True
        try:
            more = self._turn_for_a_while()
        except Exception as error:  # of the engine: it is of no use any more
            logger.critical("the engine failed", exc_info=error)
            self._fail_all(EngineError(f"the engine failed: {error!r}"))
            more = False
        finally:
            self._turning = False
        if more:
            self._schedule()
        if not self.running:
            self._idle.set()

    def _turn_for_a_while(self) -> bool:
        """Turn until nothing comes at once or it takes too long; whether there is more."""
        act = self._acts
        until = time.perf_counter() + TURN_SECONDS
        while True:
            handlings, answers = self._handlings, self._answers
            self._handlings, self._answers = [], []
            for event in self._engine.turn(handlings, answers):
                try:
                    act[event[0]](event)
                except Exception as error:  # the other events of the batch must not go with it
                    self._not_acted_on(event, error)
            if not (self._answers or self._handlings or self._engine.pending):
                return False
            if time.perf_counter() > until:
                return True

    def _not_acted_on(self, event: _engine.Event, error: Exception) -> None:
        if event[0] not in self._operations.ways or event[2] not in self._running:
            logger.error("an event of the engine was not acted on: %r", event[:2], exc_info=error)
            return
        try:
            self._operations.failed(event, error)
        except Exception:  # of an exception that cannot be told of; the guest waits all the same
            logger.exception("an operation was not answered with what went wrong")
            self._answer(event[1], (CODES["other"], "the host failed"))

    def _fail_all(self, error: EngineError) -> None:
        """Nothing is handled any more; every message goes back to where it came from."""
        self._failure = error
        self._loop.remove_reader(self._engine.fileno())
        running = list(self._running.values())
        self._running.clear()
        self._on_failure(error)
        for handling in running:
            handling.fail(error)

    def _done(self, event: _engine.Event) -> None:
        _, identity, outcome, text, backtrace, stderr = event
        handling = self._running.pop(identity)
        if outcome == _engine.OK:
            if handling.outbox is None:
                handling.succeed()
            elif handling.wanted:
                self._release(handling, handling.outbox)
            else:  # the host could not wait and handed it back: nothing may leave
                handling.cancelled()
        elif outcome == _engine.CANCELLED:
            handling.cancelled()
        elif outcome == _engine.EXIT:
            handling.exited(int(text))
        else:
            handling.fail(failure(outcome, text, backtrace, stderr))

    def _release(self, handling: Handling, outbox: Outbox) -> None:
        """Let leave what the guest sent; only then has it succeeded."""
        try:
            released = outbox.release()
        except ReleaseError as error:
            handling.fail(error)
            return
        if isinstance(released, int):
            handling.component.counters.sent += released
            handling.succeed()
            return
        future = asyncio.ensure_future(released)
        self._releasing[future] = handling
        future.add_done_callback(self._released)

    def _released(self, future: asyncio.Future[int]) -> None:
        handling = self._releasing.pop(future)
        if future.cancelled():
            handling.cancelled()
        elif (error := future.exception()) is None:
            handling.component.counters.sent += future.result()
            handling.succeed()
        else:
            handling.fail(
                error if isinstance(error, ReleaseError) else ReleaseError("other", repr(error))
            )
        if not self.running:
            self._idle.set()

    def _log(self, event: _engine.Event) -> None:
        """A guest's own words: a warning on stderr, plain on stdout, marked as the component's."""
        _, component, _, stream, line = event
        log = self._components[component].log
        if stream == "stdout":
            log.info("%s", line, extra={"stream": stream})
        elif stream == "denied":  # the host's words
            log.warning("permission denied: %s", line)
        else:
            log.warning("%s", line, extra={"stream": stream})
