"""Messages through a broker and a component that copies them: unchanged, or refused with words."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import astuple, dataclass
from pathlib import Path

from wasi_messaging import (
    BrokerError,
    Config,
    Host,
    Message,
    MessageRejectedError,
    MessagingError,
)
from wasi_messaging.decisions import Decision
from wasi_messaging.delivery.policy import ATTEMPT
from wasi_messaging.testing import Collected, collect
from wasi_messaging.testing.suite import done

from . import messages
from .messages import Range
from .tally import Tally, outcome
from .trial import SLACK

WILD = Range(odd=0.1, large=0.01)
PLAIN = re.compile(r"[a-z][a-z_-]*")
PLAIN_SIZE = 60_000
"""Bytes that every broker here carries, headers and body each."""
WAYS = ("memory", "nats", "jetstream", "direct")
"""How a message gets to the component; ``direct``: the program gives it."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One input.

    Attributes:
        number: of the input.
        way: one of :data:`WAYS`.
        message: what is sent, with the topic it goes to.
    """

    number: int
    way: str
    message: Message


def sent(seed: int, number: int) -> Sent:
    """A random message."""
    chance = random.Random(f"message {seed} {number}")
    way = chance.choice(WAYS)
    topic: str | None = messages.topic(chance, WILD)
    if way == "direct" and chance.random() < 0.2:
        topic = chance.choice((None, messages.text(chance, WILD)))
    return Sent(number, way, messages.message(chance, topic, WILD))


class Route:
    """A host with the component that copies, on one broker.

    Args:
        client: the configuration of ``[clients.default]``.
        good: path of the component.
        cache: folder for its compiled form.
    """

    _host: Host
    _out: Collected

    def __init__(self, client: dict[str, object], good: Path, cache: Path) -> None:
        self._client, self._good, self._cache = client, good, cache
        self._decisions: asyncio.Queue[Decision] = asyncio.Queue()
        self._seen = 0

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """With the host running."""
        component = {
            "path": str(self._good),
            "instances": 1,
            "permissions": {"default": {"send": ["out"]}},
            "subscriptions": [
                {"topic": "in.>", "retry": {"attempts": 1}, "on_exhausted": "drop"}
            ],
        }  # fmt: skip
        if self._is_core_nats:  # which delivers at most once, and can try nothing again
            component["subscriptions"] = [{"topic": "in.>"}]
        values = {"clients": {"default": self._client}, "components": {"echo": component}}
        observer = self._decisions.put_nowait
        async with (
            Host(Config.from_dict(values), cache=self._cache, observer=observer) as self._host,
            collect(self._host.broker(), "out") as self._out,
        ):
            yield

    @property
    def _is_core_nats(self) -> bool:
        return str(self._client["url"]).startswith("nats:") and "stream" not in self._client

    @property
    def _send_errors(self) -> int:
        return self._host.counters("echo").send_errors

    async def carry(self, sent: Sent, tally: Tally) -> None:
        """Send a message and look at what comes out."""
        failed_before = self._send_errors
        try:
            async with asyncio.timeout(SLACK):
                seen, error = await self._handled(sent)
        except MessageRejectedError as rejection:
            self._rejected(tally, sent.message, str(rejection))
            return
        except TimeoutError:
            tally.problems.append(f"it did not arrive within {SLACK:g} s")
            return
        except MessagingError as raised:
            seen, error = None, raised
        ended = outcome(error)
        if ended is None and not self._is_no_place(sent, error):
            tally.problems.append(f"it ended with {error!r}")
        elif self._send_errors > failed_before:  # the guest returns what its send came to
            self._rejected(tally, sent.message, str(error))
        elif seen is None or error is not None:
            tally.outcomes[self._name_of(ended, seen)] += 1
        else:
            await self._compare(sent, seen, tally)

    @staticmethod
    def _name_of(ended: str | None, seen: Message | None) -> str:
        if ended is None:
            return "rejected"
        return "elsewhere" if ended == "ok" and seen is None else ended

    def _is_no_place(self, sent: Sent, error: BaseException | None) -> bool:
        """A stream takes no message that it does not store, and says so."""
        stored = (sent.message.topic or "").startswith("in.")
        return isinstance(error, BrokerError) and bool(str(error)) and not stored

    async def _handled(self, sent: Sent) -> tuple[Message | None, BaseException | None]:
        """What the component saw, if it saw it, and how it ended."""
        message = sent.message
        if sent.way == "direct":
            await self._host.deliver("echo", message)
            return message, None
        topic = message.topic or ""
        await done(self._host.broker().publish(topic, message))
        if not topic.startswith("in."):
            return None, None
        decision = await self._decisions.get()
        return decision.message, decision.error

    async def _compare(self, sent: Sent, seen: Message, tally: Tally) -> None:
        tally.outcomes["ok"] += 1
        if unlike(seen, arrived(sent)):
            tally.problems.append(f"of {sent.message!r:.500} arrived {seen!r:.500}")
        try:
            copies = await self._out.wait(self._seen + 1, SLACK)
        except TimeoutError:
            tally.problems.append("no copy came out")
            return
        copy, self._seen = copies[self._seen], len(copies)
        if unlike(copy, copied(seen)):
            tally.problems.append(f"of {seen!r:.500} came out {copy!r:.500}")

    def _rejected(self, tally: Tally, message: Message, words: str) -> None:
        tally.outcomes["rejected"] += 1
        if not words:
            tally.problems.append("rejected without a word")
        if is_plain(message):
            tally.problems.append(f"rejected though any broker could carry it: {words}")


def arrived(sent: Sent) -> Message:
    """What the component must see of a message."""
    message = sent.message
    metadata = message.metadata
    if sent.way != "direct" and metadata is not None:
        metadata = tuple(pair for pair in metadata if pair[0].lower() != ATTEMPT)
    return Message(message.data, message.content_type, metadata or None, message.topic)


def copied(seen: Message) -> Message:
    """What comes out of the component that copies: see ``guests/echo``."""
    pairs = list(seen.metadata or ())
    if seen.topic is not None:
        places = [index for index, (key, _) in enumerate(pairs) if key == "from"]
        place = places[0] if places else len(pairs)
        pairs = [pair for pair in pairs if pair[0] != "from"]
        pairs.insert(place, ("from", seen.topic))
    return Message(seen.data, seen.content_type, tuple(pairs) or None, "out")


def unlike(one: Message, other: Message) -> bool:
    """Whether they differ, but for an empty list of metadata, which a broker may lose."""
    return astuple(one) != astuple(other) and (
        (one.data, one.content_type, one.topic) != (other.data, other.content_type, other.topic)
        or (one.metadata or None) != (other.metadata or None)
    )


def is_plain(message: Message) -> bool:
    """Whether every broker here must take it."""
    texts = [text for pair in message.metadata or () for text in pair]
    texts += ("x" if message.topic is None else message.topic).split(".")
    if message.content_type is not None:
        texts.append(message.content_type)
    reserved = ("content-type", "nats-", "wasi-messaging-")
    plain = all(PLAIN.fullmatch(text) and not text.startswith(reserved) for text in texts)
    few = len(message.metadata or ()) <= 50
    headers = sum(len(text) for text in texts)
    return plain and few and max(len(message.data), headers) < PLAIN_SIZE


class Routes:
    """All ways, opened when first used.

    Args:
        clients: way → client.
        good: path of the component that copies.
        folder: for its compiled form.
    """

    def __init__(self, clients: dict[str, dict[str, object]], good: Path, folder: Path) -> None:
        self._clients, self._good, self._folder = clients, good, folder

    async def carry(self, batch: list[Sent]) -> list[Tally]:
        """Send messages, those of one way one after another, and the ways side by side."""
        tallies = {each.number: Tally(each.number) for each in batch}
        ways = {each.way for each in batch}
        async with asyncio.TaskGroup() as group:
            for way in ways:
                of_way = [each for each in batch if each.way == way]
                group.create_task(self._carry(way, of_way, tallies))
        return list(tallies.values())

    async def _carry(self, way: str, batch: list[Sent], tallies: dict[int, Tally]) -> None:
        client = self._clients["memory" if way == "direct" else way]
        async with AsyncExitStack() as stack:
            route = Route(client, self._good, self._folder)
            await stack.enter_async_context(route.open())
            for each in batch:
                tally = tallies[each.number]
                await route.carry(each, tally)
