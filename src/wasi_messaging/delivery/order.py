"""Order: messages of one key one after another, those of other keys meanwhile."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

from ..abc import Delivery

Item = TypeVar("Item")

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
    """A lane for each key that has a message at work; it is gone when its last message is."""

    def __init__(self) -> None:
        self._lanes: dict[str, deque[Item]] = {}

    def __len__(self) -> int:
        return len(self._lanes)

    def enter(self, key: str, item: Item) -> bool:
        """Whether it may go on at once; otherwise it waits for those of its key before it."""
        lane = self._lanes.get(key)
        if lane is None:
            self._lanes[key] = deque()
            return True
        lane.append(item)
        return False

    def leave(self, key: str) -> Item | None:
        """The one at work is done with: which is next."""
        lane = self._lanes[key]
        if lane:
            return lane.popleft()
        del self._lanes[key]
        return None

    def clear(self, key: str) -> list[Item]:
        """The one at work went back: those that waited for it, in order."""
        return list(self._lanes.pop(key, ()))
