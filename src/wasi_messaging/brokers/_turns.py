"""Publishes that wait for room in the full queues of ``memory:``, in the order they were called."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..errors import BrokerTimeoutError
from ..message import Message

if TYPE_CHECKING:
    from ..abc import Replies
    from ._queues import Group


class Turn:
    """A publish that waits at each of its groups."""

    __slots__ = ("done", "groups", "message", "passed", "replies", "timer")

    def __init__(self, groups: Sequence[Group], message: Message, replies: Replies | None) -> None:
        loop = asyncio.get_running_loop()
        self.groups = groups
        self.message = message
        self.replies = replies
        self.passed = False
        self.done: asyncio.Future[None] = loop.create_future()
        self.timer: asyncio.TimerHandle

    def expire(self, timeout: float) -> None:
        if self.done.done():
            return
        full = next((group for group in self.groups if group.is_full), self.groups[0])
        self.done.set_exception(
            BrokerTimeoutError(
                f"the queue of group {full.name!r} for {full.pattern!r} has been full with "
                f"{full.bus.max_queue:,} messages for {timeout:g} s"
            )
        )


class Turns:
    """Lets publishes pass as their groups get room; none overtakes another of the same group."""

    def __init__(self) -> None:
        self._stirred: list[Group] = []
        self._passing = False

    def wait(self, turn: Turn, timeout: float) -> asyncio.Future[None]:
        """Stand in line; done when the message is in the queues, or ``timeout`` has passed."""
        for group in turn.groups:
            group.line.append(turn)
        turn.timer = asyncio.get_running_loop().call_later(timeout, turn.expire, timeout)
        turn.done.add_done_callback(lambda _: self._leave(turn))
        return turn.done

    def look(self, group: Group) -> None:
        """There may be room in a group, or another is the first in its line."""
        self._stirred.append(group)
        if self._passing:
            return  # a message that passes stirs its groups: the call that let it pass goes on
        self._passing = True
        try:
            while self._stirred:
                line = self._stirred.pop().line
                while line and self._may_pass(line[0]):
                    self._let_pass(line[0])
        finally:
            self._passing = False

    def _may_pass(self, turn: Turn) -> bool:
        return all(group.line[0] is turn and not group.is_full for group in turn.groups)

    def _let_pass(self, turn: Turn) -> None:
        for group in turn.groups:
            group.line.popleft()
        turn.passed = True
        if not turn.done.done():  # else given up a moment ago
            turn.done.set_result(None)
            turn.groups[0].bus.put(turn.groups, turn.message, turn.replies)
        self._stirred += turn.groups

    def _leave(self, turn: Turn) -> None:
        """It passed, was given up or cancelled."""
        turn.timer.cancel()
        if not turn.passed:
            for group in turn.groups:
                group.line.remove(turn)
            for group in turn.groups:
                self.look(group)
