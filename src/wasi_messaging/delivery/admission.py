"""Admission: how many bytes of messages the host holds; backpressure is not to fetch."""

from __future__ import annotations

from typing import Protocol

from ..message import Message

OVERHEAD = 1024
"""Bytes that a message takes here besides its own."""
COPIES = 2
"""A message is here twice while it is handled: once for a retry or a dead letter, once for the
engine."""
RESUME_BELOW = 0.75
"""Part of a bound below which fetching goes on, so that it does not stop and go with each message.
"""


class Fetcher(Protocol):
    """A subscription, as admission sees it.

    Attributes:
        bytes_held: what its unsettled messages take.
    """

    bytes_held: int

    def pause(self) -> None:
        """Fetch no more."""

    def resume(self) -> None:
        """Fetch again."""


class Admission:
    """Bounds the bytes in flight of all subscriptions of a host.

    Half of the bound is common: whoever needs it takes it. Half is shared out equally, so that a
    slow component that has taken everything common does not stop the others.

    Args:
        limit: bytes at most; what was asked for before it was reached still comes.
    """

    def __init__(self, limit: int) -> None:
        self.held = 0
        self._common = limit // 2
        self._for_shares = self._share = limit - self._common
        self._members: list[Fetcher] = []
        self._paused: dict[Fetcher, None] = {}

    def join(self, member: Fetcher) -> None:
        """One more subscription takes part."""
        self._members.append(member)
        self._share = self._for_shares // len(self._members)

    def leave(self, member: Fetcher) -> None:
        """A subscription has ended; what it still holds counts until it is settled."""
        if member not in self._members:
            return
        self._members.remove(member)
        self._paused.pop(member, None)
        self._share = self._for_shares // max(len(self._members), 1)

    def take(self, member: Fetcher, size: int) -> None:
        """A message came."""
        self.held += size
        member.bytes_held += size
        too_much = self.held > self._common and member.bytes_held > self._share
        if too_much and member not in self._paused:
            self._paused[member] = None
            member.pause()

    def free(self, member: Fetcher, size: int) -> None:
        """A message is settled."""
        self.held -= size
        member.bytes_held -= size
        if self._paused:
            self._resume()

    def _resume(self) -> None:
        common = self.held <= self._common * RESUME_BELOW
        share = self._share * RESUME_BELOW
        for member in [one for one in self._paused if common or one.bytes_held <= share]:
            del self._paused[member]
            member.resume()


def size_of(message: Message) -> int:
    """Bytes that a message takes in the host while it is in flight."""
    size = len(message.data) if message.metadata is None else message.size
    return COPIES * size + OVERHEAD
