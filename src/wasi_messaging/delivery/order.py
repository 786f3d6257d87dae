"""Order: messages of one key one after another, those of other keys meanwhile."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from ..abc import Delivery

LANE_ROOM = 16
"""An ordered subscription holds so many times ``max_in_flight``, so that messages that wait for
others of their key leave room for those that need not."""

Item = TypeVar("Item", bound=Hashable)

KeyOf = Callable[[Delivery], str | None]
"""The key of a delivery; ``None``: it is not ordered."""


def key_of(order: str) -> KeyOf | None:
    """How a subscription's ``order`` finds a message's key; ``None`` for ``"none"``."""
    kind, _, name = order.partition(":")
    if kind == "topic":
        return lambda delivery: delivery.message.topic
    if kind == "partition":
        return lambda delivery: delivery.partition
    if kind == "metadata":
        return lambda delivery: _value(delivery, name)
    return None


def _value(delivery: Delivery, name: str) -> str | None:
    return next((value for key, value in delivery.message.metadata or () if key == name), None)


class Lanes(Generic[Item]):
    """Who may work, of the messages of an ordered subscription.

    There is a lane for each key that has a message here; its first one works, or is about to, or
    pauses before a retry, and those behind it wait. A lane is gone when its last message is.

    Args:
        limit: how many work at a time. Those that wait or pause take no place.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._behind: dict[str, deque[Item]] = {}
        self._working: set[Item] = set()
        self._ready: dict[Item, None] = {}

    def __len__(self) -> int:
        """Messages and lanes that something is kept for."""
        return len(self._behind) + len(self._working) + len(self._ready)

    def enter(self, key: str | None, item: Item) -> list[Item]:
        """A message came; returns who begins now, as do the others."""
        if key is not None and key in self._behind:
            self._behind[key].append(item)
            return []
        if key is not None:
            self._behind[key] = deque()
        self._ready[item] = None
        return self._begin()

    def pause(self, item: Item) -> list[Item]:
        """It waits for its next attempt; its lane waits with it."""
        self._working.discard(item)
        return self._begin()

    def again(self, item: Item) -> list[Item]:
        """Its pause is over: it goes on before those that have not begun."""
        self._ready = {item: None, **self._ready}
        return self._begin()

    def leave(self, key: str | None, item: Item) -> list[Item]:
        """It is done with: the next of its lane is ready."""
        was_first = self._take_out(item)
        if key is not None and was_first and (lane := self._behind.get(key)) is not None:
            if lane:
                self._ready[lane.popleft()] = None
            else:
                del self._behind[key]
        return self._begin()

    def give_back(self, key: str | None, item: Item) -> list[Item]:
        """It goes back to the broker: nobody behind it may go on; returns them, in order."""
        was_first = self._take_out(item)
        lane = self._behind.get(key) if key is not None else None
        if key is None or lane is None:
            return []
        if was_first or item not in lane:  # it worked, or paused
            return list(self._behind.pop(key))
        lane.remove(item)
        return []

    def _take_out(self, item: Item) -> bool:
        """Whether it worked or was about to."""
        if item in self._working:
            self._working.remove(item)
            return True
        return self._ready.pop(item, self) is None

    def _begin(self) -> list[Item]:
        begun: list[Item] = []
        while self._ready and len(self._working) < self._limit:
            item = next(iter(self._ready))
            del self._ready[item]
            self._working.add(item)
            begun.append(item)
        return begun
