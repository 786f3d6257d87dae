"""The deliveries of a subscription, each from its arrival to its settlement."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from ..abc import Broker, Delivery
from ..component import Component
from ..config import SubscriptionConfig
from ..config.delivery import Action, Outcome
from ..decisions import Decision
from ..errors import EngineError, HandlingError
from . import report
from .admission import Admission, Fetcher, size_of
from .dead_letters import DeadLetterTarget
from .order import LANE_ROOM, Lanes, key_of
from .policy import Policy, outcome_of
from .received import Received
from .redeliveries import Redeliveries
from .retries import Retries
from .settling import Settlement, Settlements, acknowledge, back_after

if TYPE_CHECKING:
    from ..dispatch import Dispatcher


class Deliveries:
    """What one subscription holds.

    Every delivery ends in one of four ways, and each in one only: acknowledged, dead-lettered,
    dropped as configured, or handed back. Until then its lease is renewed.

    Args:
        component: who handles the messages.
        config: the subscription.
        broker: where they come from.
        dispatcher: takes them to the engine.
        admission: bounds what the host holds.
        fetcher: the subscription, as admission knows it.
        target: the broker of the dead letters, if there are any.
        halt: ends the subscription because of a message, with the reason; the message is handed
            back then.

    Attributes:
        group: the consumer group.
        identity: names component and group for everything derived from a message here.
        leaving: the subscription is ending: what fails now is handed back.
        detached: … and nothing that is handed back now will come here again.
        ended: … and nothing that has not begun will begin.
        prefetch: how many deliveries it may hold.
    """

    def __init__(
        self,
        component: Component,
        config: SubscriptionConfig,
        broker: Broker,
        dispatcher: Dispatcher,
        admission: Admission,
        fetcher: Fetcher,
        target: Broker | None,
        halt: Callable[[str], None],
    ) -> None:
        self.component = component
        self.config = config
        self.broker = broker
        self.group = config.group or component.name
        self.identity = f"{component.name} {self.group} {config.client} {config.topic}"
        self.leaving = False
        self.detached = False
        self.ended = False
        self.settlements = Settlements(self)
        self.target: DeadLetterTarget | None = None
        if target is not None and config.dead_letter is not None:
            self.target = DeadLetterTarget(self, target, config.dead_letter.topic)
        self._dispatcher = dispatcher
        self._admission = admission
        self._fetcher = fetcher
        self._halt = halt
        self._policy = Policy(config)
        self._key_of = key_of(config.order)
        self._lanes: Lanes[Received] = Lanes(config.max_in_flight)
        self.prefetch = config.max_in_flight
        if self._key_of is not None:
            self.prefetch *= LANE_ROOM
        self._retries = Retries(
            broker.capabilities, ordered=self._key_of is not None, again=self._again
        )
        self._unsettled: dict[Received, None] = {}
        self._again_here = Redeliveries()
        self._held: list[Received] | None = []
        self._returning: list[tuple[Received, float]] = []
        self._idle = asyncio.Event()

    def holds(self, received: Received) -> bool:
        """Whether it is not settled yet."""
        return received in self._unsettled

    @property
    def unsettled(self) -> list[Received]:
        """Those that are not settled yet."""
        return list(self._unsettled)

    async def wait_idle(self) -> None:
        """Return when every message is settled."""
        while self._unsettled:
            self._idle.clear()
            await self._idle.wait()

    # -- in ---------------------------------------------------------------------------------------

    def receive(self, delivery: Delivery) -> None:
        """Take what the broker gives; it is held until :meth:`begin`."""
        if delivery.attempt > 1 and self._again_here.take(delivery, self._unsettled):
            return
        key = None if self._key_of is None else self._key_of(delivery)
        size = size_of(delivery.message)
        received = Received(self, delivery, delivery.attempt, key, size)
        if delivery.attempt > 1:
            received.first_failed = self._retries.first_failure(delivery.id)
        self._unsettled[received] = None
        if self._again_here.active:
            self._again_here.came(received)
        self._admission.take(self._fetcher, size)
        if self.leaving:
            self._returning.append((received, 0.0))
        elif self._held is not None:
            self._held.append(received)
        elif self._key_of is None and received.attempt == 1:
            self._dispatcher.submit(received)
        else:
            self._enter(received)

    def begin(self) -> None:
        """Give the guest what came, and what comes from now on."""
        held, self._held = self._held, None
        for received in held or ():
            self._enter(received)

    def _enter(self, received: Received) -> None:
        if received.attempt > 1 and self._policy.is_hopeless(received.attempt):
            text = f"delivered {received.attempt} times and never settled; not tried once more"
            self._act(received, "host-failure", EngineError(text))
        elif self._key_of is None:
            self._dispatcher.submit(received)
        else:
            self._submit(self._lanes.enter(received.key, received))

    def _submit(self, ready: list[Received]) -> None:
        for received in ready:
            if not self.ended:  # otherwise it is handed back with all that is left
                self._dispatcher.submit(received)

    # -- out --------------------------------------------------------------------------------------

    def finished(self, received: Received, error: HandlingError | None) -> None:
        """An attempt has ended: do what the table says."""
        if error is None and self._policy.acknowledges_ok:
            if self.component.observer is not None:
                self._observed(received, "ok", None, "ack")
            self._settle(received, acknowledge)
        elif received in self._unsettled:  # otherwise it was handed back meanwhile
            self._act(received, outcome_of(error), error)

    def _act(self, received: Received, outcome: Outcome, error: HandlingError | None) -> None:
        received.first_failed = received.first_failed or time.time()
        action, pause = self._policy.decide(outcome, received.attempt)
        report.ended(received, outcome, error, action, pause)
        self._observed(received, outcome, error, action)
        if action == "retry":
            self._retry(received, pause)
        elif action == "dead-letter" and self.target is not None:
            self.target.take(received, outcome, error)
        elif action == "stop":
            self.give_up(received, outcome, report.words(error))
        else:
            self.component.counters.dropped += action == "drop"
            self._settle(received, acknowledge)

    def _observed(
        self, received: Received, outcome: Outcome, error: HandlingError | None, action: Action
    ) -> None:
        component = self.component
        if component.observer is None:
            return
        message, attempt = received.message, received.attempt
        try:
            component.observer(Decision(component.name, message, attempt, outcome, error, action))
        except Exception:  # the message must be settled all the same
            component.log.exception("the observer of decisions failed")

    def dead_lettered(self, received: Received) -> None:
        """The dead letter of a message is confirmed."""
        self.component.counters.dead_lettered += 1
        self._settle(received, acknowledge)

    def _retry(self, received: Received, pause: float) -> None:
        if self.leaving:
            self.hand_back(received, pause)
            return
        self.component.counters.retried += 1
        if self._retries.at_broker(pause):
            self._retries.remember(received)
            self._settle(received, back_after(pause))
        else:
            self._retries.wait_here(received, pause)
            if self._key_of is not None:
                self._submit(self._lanes.pause(received))

    def _again(self, received: Received) -> None:
        """The pause here is over: the next attempt."""
        del self._unsettled[received]
        following = received.again()
        self._unsettled[following] = None
        if self._again_here.active:
            self._again_here.replaced(received, following)
        if self._key_of is None:
            self._dispatcher.submit(following)
        else:
            self._submit(self._lanes.again(following))

    def give_up(self, received: Received, outcome: Outcome, why: str) -> None:
        """The subscription ends because of a message, which goes back to the broker."""
        if not self.leaving:
            self.leaving = True
            self._halt(report.halted(received, outcome, why))
        self.hand_back(received)

    def hand_back(self, received: Received, delay: float = 0.0) -> None:
        """The message goes back as it came, for another host or for later.

        Of one key all go back, in order and without a delay in which others would overtake it.
        """
        if self.leaving and not self.detached:  # given back now, it would come here again
            self._returning.append((received, delay))
            return
        if received not in self._unsettled:
            return
        behind: list[Received] = []
        if self._key_of is not None:
            delay = 0.0
            behind = self._lanes.give_back(received.key, received)
        if not self.broker.capabilities.acknowledgement:
            report.lost(received)
        self._settle(received, back_after(delay))
        for waiting in behind:
            self.hand_back(waiting)

    def hand_back_waiting(self) -> None:
        """Hand back what was kept until nothing comes here again, and what waits for a retry."""
        self.detached = True
        held, self._held = self._held or [], []
        returning = [*self._returning, *((received, 0.0) for received in held)]
        self._returning.clear()
        for received, delay in returning:
            self.hand_back(received, delay)
        for received in list(self._retries.pausing):
            self.hand_back(received)

    async def close(self) -> None:
        """Hand back everything, and see every settlement through."""
        self.leaving = self.detached = self.ended = True
        if self.target is not None:
            await self.target.close()
        for received in list(self._unsettled):
            self.hand_back(received)
        await self.settlements.close()

    def _settle(self, received: Received, act: Settlement) -> None:
        """Once for each message that is here; whoever comes second changes nothing."""
        if received not in self._unsettled:
            return
        del self._unsettled[received]
        if self._retries.pausing:
            self._retries.cancel(received)
        self._admission.free(self._fetcher, received.size)
        older = self._again_here.leave(received) if self._again_here.active else ()
        self.settlements.see_through(received, act, received.delivery)
        for delivery in older:
            self.settlements.see_through(received, act, delivery)
        if self._key_of is not None:
            self._submit(self._lanes.leave(received.key, received))
        if not self._unsettled:
            self._idle.set()
