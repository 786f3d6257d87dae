"""The durable consumer behind a group: adopted by name, or made under a name of its own."""

from __future__ import annotations

import hashlib
import logging
import re
import secrets
from dataclasses import dataclass
from typing import Any

from ...abc import Start
from ...errors import BrokerError
from .errors import CONSUMER_NOT_FOUND, ApiError
from .link import Link
from .settings import StreamSettings

log = logging.getLogger("wasi_messaging.brokers.nats")

EPHEMERAL_IDLE = 5 * 60
"""Seconds after which the server forgets the consumer of a subscriber that went away."""


def durable_name(group: str, pattern: str) -> str:
    """The name of a group's consumer for a pattern; the same on every host."""
    clean = re.sub(r"[^A-Za-z0-9_-]", "_", group)[:64]
    return f"{clean}-{hashlib.sha256(f'{group} {pattern}'.encode()).hexdigest()[:8]}"


@dataclass(slots=True)
class Consumer:
    """A position in the stream, kept by the server.

    Attributes:
        link: the connection.
        settings: of the stream.
        subject: what it is filtered by.
        group: whose position it is; ``None``: this subscriber's alone.
        start: where it begins if it does not exist.
        declared: made for whoever comes later, such as those who look through dead letters: it
            gives out as much as they can hold.
        name: of the consumer; set by :meth:`ensure`.
        position: sequence up to which everything was settled when it was found or made; -1: not
            known.
        max_deliveries: after so many it gives a message up; ``None``: never.
        max_batch: messages it gives to one request at most; 0: no limit.
        max_bytes: the same in bytes.
        max_expires: seconds that a request for messages may wait; 0: no limit.
    """

    link: Link
    settings: StreamSettings
    subject: str
    group: str | None
    start: Start
    declared: bool = False
    name: str = ""
    position: int = -1
    max_deliveries: int | None = None
    max_batch: int = 0
    max_bytes: int = 0
    max_expires: float = 0.0

    async def ensure(self, after: int | None = None) -> None:
        """Find or make it.

        Args:
            after: a sequence in the stream it begins with if it has to be made again.

        Raises:
            BrokerError: a consumer of the group's name exists that cannot be used.
        """
        try:
            if self.group is None:
                if not self.name or await self._info(self.name) is None:
                    self.name = f"wasi-messaging-{secrets.token_hex(8)}"
                    await self._create(after)
            elif not await self._adopt(self.group):
                self.name = durable_name(self.group, self.subject)
                existing = await self._info(self.name)
                if existing is None:
                    await self._create(after)
                else:
                    await self._adjust(existing)
        except ApiError as error:
            what = f"group {self.group!r}" if self.group is not None else "a subscription"
            raise error.translated(
                f"{what} on {self.subject!r}, stream {self.settings.name!r} at {self.link.address}"
            ) from error

    async def delete(self) -> None:
        """Forget an ephemeral consumer."""
        try:
            await self.link.api(f"CONSUMER.DELETE.{self.settings.name}.{self.name}")
        except (ApiError, BrokerError) as error:
            log.debug("deleting consumer %s: %s", self.name, error)

    async def drop_requests(self) -> None:
        """Have the server forget the requests whose addresses nobody listens to any more.

        Otherwise it finds out with the next message, which it then puts behind all that come again:
        the first to be handed back would come last. It looks when it is asked about the consumer.
        """
        try:
            await self._info(self.name)
        except (ApiError, BrokerError) as error:
            log.debug("asking about consumer %s: %s", self.name, error)

    async def _info(self, name: str) -> dict[str, Any] | None:
        try:
            answer = await self.link.api(f"CONSUMER.INFO.{self.settings.name}.{name}")
        except ApiError as error:
            if error.number == CONSUMER_NOT_FOUND:
                return None
            raise
        self._learn(answer)
        config: dict[str, Any] = answer["config"]
        return config

    def _learn(self, answer: dict[str, Any]) -> None:
        """Take over what the server tells of a consumer."""
        config = answer["config"]
        limit = int(config.get("max_deliver", -1))
        self.max_deliveries = limit if limit > 0 else None
        self.max_batch = int(config.get("max_batch", 0))
        self.max_bytes = int(config.get("max_bytes", 0))
        self.max_expires = int(config.get("max_expires", 0)) / 1e9
        self.position = int(answer.get("ack_floor", {}).get("stream_seq", -1))

    async def _adopt(self, group: str) -> bool:
        """Use the consumer named exactly as the group, if its filter is the pattern."""
        if re.search(r"[\s.*>/\\]", group) or not group.isprintable():
            return False  # no consumer can have such a name
        config = await self._info(group)
        if config is None or config.get("filter_subject", ">") != self.subject:
            return False
        problem = self._problem(config)
        if problem:
            raise BrokerError(
                f"consumer {group!r} of stream {self.settings.name!r} at {self.link.address} "
                f"{problem}; change it, or use another group"
            )
        if self.max_deliveries is not None:
            log.warning(
                "%s: consumer %r gives up a message after %d deliveries (max_deliver)",
                self.link.address,
                group,
                self.max_deliveries,
            )
        self.name = group
        return True

    def _problem(self, config: dict[str, Any]) -> str | None:
        if config.get("deliver_subject"):
            return "is a push consumer, a pull consumer is needed"
        if config.get("ack_policy") != "explicit":
            return f"acknowledges by {config.get('ack_policy')!r}, 'explicit' is needed"
        lease = min([config.get("ack_wait", 0), *(config.get("backoff") or ())]) / 1e9
        if lease < self.settings.ack_wait:
            return (
                f"redelivers after {lease:g} s already; set ack_wait = {lease:g} in the client's "
                "stream"
            )
        return None

    async def _adjust(self, config: dict[str, Any]) -> None:
        """Bring our own consumer up to date with the settings; its position stays."""
        wanted = {
            "ack_wait": int(self.settings.ack_wait * 1e9),
            "max_ack_pending": self._max_ack_pending(int(config.get("max_ack_pending", 0))),
        }
        if any(config.get(key) != value for key, value in wanted.items()):
            await self._put(config | wanted, "update")

    def _max_ack_pending(self, present: int = 0) -> int:
        """What was once without limit, because it was declared, stays so."""
        if self.declared or present < 0:
            return -1
        return max(self.settings.max_ack_pending, present)

    async def _create(self, after: int | None) -> None:
        config: dict[str, Any] = {
            "name": self.name,
            "filter_subject": self.subject,
            "ack_policy": "explicit",
            "ack_wait": int(self.settings.ack_wait * 1e9),
            "max_ack_pending": self._max_ack_pending(),
            "max_deliver": -1,
            "deliver_policy": self.start,
        }
        if after is not None:
            config |= {"deliver_policy": "by_start_sequence", "opt_start_seq": after}
        if self.group is None:
            config |= {"inactive_threshold": EPHEMERAL_IDLE * 10**9, "mem_storage": True}
        else:
            config["durable_name"] = self.name
        await self._put(config, "create" if self.group is not None else "")

    async def _put(self, config: dict[str, Any], action: str) -> None:
        stream = self.settings.name
        try:
            answer = await self.link.api(
                f"CONSUMER.CREATE.{stream}.{self.name}.{self.subject}",
                {"stream_name": stream, "config": config, "action": action},
            )
        except ApiError as error:
            if error.number not in _EXISTS:
                raise
            await self._info(self.name)
        else:
            self._learn(answer)


_EXISTS = {10148, 10013, 10105}
"""Another member of the group made it in the same moment."""
