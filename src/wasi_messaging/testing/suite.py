"""The behaviour every broker has, as tests: derive a class for each broker.

    class TestMyBroker(BrokerSuite):
        def make_broker(self, *, lease: float | None = None) -> Broker:
            return MyBroker(MySettings(url="my://localhost", lease=lease or 30))

It needs pytest with pytest-asyncio, and hypothesis. What a broker claims in its capabilities must
show; where the suite can tell, what it does not claim must not.

Waiting is bounded by :attr:`BrokerSuite.timeout`. Only what must *not* happen is waited for by the
clock, for :attr:`BrokerSuite.quiet` seconds.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import ClassVar
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ..abc import Broker, Capabilities, Completion, Delivery, Start, Subscription
from ..errors import (
    BrokerError,
    BrokerTimeoutError,
    BrokerUnavailableError,
    MessageRejectedError,
)
from ..message import Message, Metadata

__all__ = ["BrokerSuite", "Inbox", "done"]

AWKWARD: Sequence[tuple[str, str]] = (
    ("key", ""),
    ("key", "with: colon"),
    ("key", "a  b\tc"),
    ("key", " leading"),
    ("key", "trailing "),
    ("key", "\u00a0no break space"),
    ("key", "two\nlines"),
    ("key", "two\r\nlines: injected"),
    ("key", "a\rb"),
    ("key", "nul\x00nul"),
    ("key", "\x1bescape"),
    ("key", "Grüße, мир, 😀"),
    ("key", "\u2028separator"),
    ("key", "x" * 10_000),
    ("Key-With_Case.1", "value"),
    ("", "value"),
    ("two words", "value"),
    ("key:", "value"),
    (" key", "value"),
    ("ключ", "value"),
    ("key\r\n", "value"),
    ("key\x00", "value"),
    ("content-type", "text/plain"),
    ("Content-Type", "text/plain"),
    ("wasi-messaging-reply-to", "somewhere"),
    ("Nats-Msg-Id", "1"),
    ("Nats-Rollup", "all"),
    ("Status", "503"),
)
"""Metadata that some wire formats cannot carry."""


async def done(completion: Completion) -> None:
    """Wait for what a broker's call returned."""
    if completion is not None:
        await completion


class Inbox:
    """Takes deliveries and settles them when told, or at once with ``ack``."""

    def __init__(self, *, ack: bool = False) -> None:
        self.deliveries: list[Delivery] = []
        self._ack = ack
        self._arrived = asyncio.Event()
        self._taken = 0
        self._acks: set[asyncio.Future[None]] = set()

    def __call__(self, delivery: Delivery) -> None:
        """The receiver of a subscription."""
        self.deliveries.append(delivery)
        self._arrived.set()
        if self._ack:
            completion = delivery.ack()
            if completion is not None:
                self._acks.add(asyncio.ensure_future(completion))

    def __len__(self) -> int:
        return len(self.deliveries)

    @property
    def bodies(self) -> list[bytes]:
        """Of all that arrived."""
        return [delivery.message.data for delivery in self.deliveries]

    async def take(self, timeout: float) -> Delivery:
        """The next delivery."""
        await self.reach(self._taken + 1, timeout)
        self._taken += 1
        return self.deliveries[self._taken - 1]

    async def reach(self, count: int, timeout: float) -> None:
        """Wait until so many have arrived."""
        try:
            async with asyncio.timeout(timeout):
                while len(self.deliveries) < count:
                    self._arrived.clear()
                    await self._arrived.wait()
        except TimeoutError:
            raise AssertionError(
                f"{len(self.deliveries)} of {count} deliveries within {timeout:g} s"
            ) from None


class BrokerSuite:
    """Derive from it; give :meth:`make_broker`, and what else differs.

    Attributes:
        timeout: seconds that anything which must happen may take.
        quiet: seconds for which nothing must happen.
        short_lease: what tests that wait for the end of a lease ask for, in seconds.
        separator: between the tokens of a topic.
        any_token: pattern for one token.
        any_rest: pattern for one or more tokens at the end.
        illegal_topics: cannot be published to.
        illegal_patterns: cannot be subscribed to.
    """

    pytestmark: ClassVar[list[pytest.MarkDecorator]] = [pytest.mark.asyncio]

    timeout: float = 10.0
    quiet: float = 0.3
    short_lease: float = 1.0
    separator = "."
    any_token = "*"  # noqa: S105 - of a topic
    any_rest = ">"
    illegal_topics: Sequence[str] = ("", "a b", "a..b", ".a", "a.", "a.*", "a.>", "a\nb", "a\x00")
    illegal_patterns: Sequence[str] = ("", "a b", "a..b", ".a", "a.", "a.>.b", "a\tb")

    # -- what a broker's class gives --------------------------------------------------------------

    def make_broker(self, *, lease: float | None = None) -> Broker:
        """A new connection, not yet open, to the same broker; with that lease if it can be set."""
        raise NotImplementedError

    def unreachable_broker(self) -> Broker | None:
        """A connection to where nobody listens; ``None``: there is no such thing."""
        return None

    async def restart(self) -> None:
        """End the broker and start it again; override if it is a process."""
        pytest.skip("not a process that can be restarted")

    def topic(self, *tokens: str) -> str:
        """A topic, or with wildcards a pattern, that only this test uses."""
        return self.separator.join((self._unique, *tokens))

    # -- how the tests use it ---------------------------------------------------------------------

    @pytest.fixture(autouse=True)
    def _fresh_topics(self) -> None:
        self._unique = f"t{uuid4().hex[:12]}"

    @property
    def can(self) -> Capabilities:
        """What it claims, before it is open."""
        return self.make_broker().capabilities

    def needs(self, *names: str) -> None:
        """Skip unless it claims all of these capabilities."""
        for name in names:
            if not getattr(self.can, name):
                pytest.skip(f"does not claim {name}")

    @asynccontextmanager
    async def connections(
        self, count: int = 1, *, lease: float | None = None
    ) -> AsyncIterator[list[Broker]]:
        """Open connections to the same broker."""
        async with AsyncExitStack() as stack:
            yield [
                await stack.enter_async_context(self.make_broker(lease=lease)) for _ in range(count)
            ]

    async def attach(
        self,
        broker: Broker,
        *tokens: str,
        group: str | None = None,
        prefetch: int = 1000,
        start: Start = "new",
        ack: bool = True,
    ) -> tuple[Inbox, Subscription]:
        """Subscribe an inbox to this test's topic."""
        inbox = Inbox(ack=ack)
        subscription = await broker.subscribe(
            self.topic(*tokens), inbox, group=group, prefetch=prefetch, start=start
        )
        return inbox, subscription

    async def publish(
        self,
        broker: Broker,
        data: bytes,
        *tokens: str,
        content_type: str | None = None,
        metadata: Metadata | None = None,
    ) -> None:
        """Publish to this test's topic."""
        await done(broker.publish(self.topic(*tokens), Message(data, content_type, metadata)))

    async def eventually(self, attempt: Callable[[], Awaitable[None]]) -> None:
        """Repeat until it does not raise a broker's error."""
        ends = time.monotonic() + self.timeout
        while True:
            try:
                await attempt()
            except BrokerError:
                if time.monotonic() > ends:
                    raise
                await asyncio.sleep(0.02)
            else:
                return

    # -- messages ---------------------------------------------------------------------------------

    @pytest.mark.parametrize("size", ["empty", "every byte", "large"])
    async def test_body_arrives_as_it_was(self, size: str) -> None:
        """Bodies are bytes: any, and as many as allowed up to a mebibyte."""
        async with self.connections() as (broker,):
            limit = broker.capabilities.max_message_size
            large = 2**20 if limit is None else min(2**20, limit)
            bodies = {
                "empty": b"",
                "every byte": bytes(range(256)) * 4,
                "large": (bytes(range(256)) * 4096)[:large],
            }
            inbox, _ = await self.attach(broker, "a")
            await self.publish(broker, bodies[size], "a")
            message = (await inbox.take(self.timeout)).message
            assert message.data == bodies[size]
            assert message.topic == self.topic("a")

    async def test_content_type(self) -> None:
        """It is carried, or refused; its absence is carried too."""
        async with self.connections() as (broker,):
            inbox, _ = await self.attach(broker, "a")
            if broker.capabilities.content_type:
                await self.publish(
                    broker, b"1", "a", content_type="application/json; charset=utf-8"
                )
                first = await inbox.take(self.timeout)
                assert first.message.content_type == "application/json; charset=utf-8"
            else:
                with pytest.raises(MessageRejectedError):
                    await self.publish(broker, b"1", "a", content_type="text/plain")
            await self.publish(broker, b"2", "a")
            assert (await inbox.take(self.timeout)).message.content_type is None

    async def test_metadata_keeps_its_order(self) -> None:
        """Pairs arrive in the order they were given."""
        pairs = (("z", "1"), ("a", "2"), ("M", "3"), ("m", "4"))
        async with self.connections() as (broker,):
            inbox, _ = await self.attach(broker, "a")
            if not broker.capabilities.metadata:
                with pytest.raises(MessageRejectedError):
                    await self.publish(broker, b"", "a", metadata=pairs)
                return
            await self.publish(broker, b"", "a", content_type="x/y", metadata=pairs)
            assert (await inbox.take(self.timeout)).message.metadata == pairs

    async def test_metadata_with_a_key_twice(self) -> None:
        """It is carried, or refused; never thinned out."""
        self.needs("metadata")
        pairs = (("a", "1"), ("b", "2"), ("a", "3"), ("a", "1"))
        async with self.connections() as (broker,):
            inbox, _ = await self.attach(broker, "a")
            if broker.capabilities.duplicate_metadata_keys:
                await self.publish(broker, b"", "a", metadata=pairs)
                assert (await inbox.take(self.timeout)).message.metadata == pairs
            else:
                with pytest.raises(MessageRejectedError):
                    await self.publish(broker, b"", "a", metadata=pairs)

    @pytest.mark.parametrize(("key", "value"), AWKWARD)
    async def test_awkward_metadata_is_exact_or_refused(self, key: str, value: str) -> None:
        """What cannot be carried makes the call fail, and nothing arrives."""
        self.needs("metadata")
        async with self.connections() as (broker,):
            inbox, _ = await self.attach(broker, "a")
            pairs = (("before", "1"), (key, value), ("after", "2"))
            try:
                await self.publish(broker, b"awkward", "a", metadata=pairs)
            except MessageRejectedError as error:
                assert str(error)  # noqa: PT017 - either outcome is right
            else:
                assert (await inbox.take(self.timeout)).message.metadata == pairs
            await self.publish(broker, b"fence", "a")
            assert (await inbox.take(self.timeout)).message.data == b"fence"

    async def test_no_metadata_is_none(self) -> None:
        """A message for which nobody set metadata has none."""
        async with self.connections() as (broker,):
            inbox, _ = await self.attach(broker, "a")
            await self.publish(broker, b"", "a")
            assert (await inbox.take(self.timeout)).message.metadata is None

    async def test_too_large_is_refused(self) -> None:
        """The error names the limit, and the connection lives on."""
        async with self.connections() as (broker,):
            limit = broker.capabilities.max_message_size
            if limit is None:
                pytest.skip("claims no limit")
            inbox, _ = await self.attach(broker, "a")
            with pytest.raises(MessageRejectedError, match=f"{limit:,}"):
                await self.publish(broker, bytes(limit + 1), "a")
            await self.publish(broker, b"small", "a")
            assert (await inbox.take(self.timeout)).message.data == b"small"

    # -- topics -----------------------------------------------------------------------------------

    async def test_wildcard_for_one_token(self) -> None:
        """It matches one token, not none and not two."""
        self.needs("wildcards")
        async with self.connections() as (broker,):
            inbox, _ = await self.attach(broker, self.any_token, "x")
            for tokens in (("a", "x"), ("a", "y"), ("x",), ("a", "b", "x"), ("b", "x")):
                await self.publish(broker, "/".join(tokens).encode(), *tokens)
            await inbox.reach(2, self.timeout)
            assert inbox.bodies == [b"a/x", b"b/x"]

    async def test_wildcard_for_the_rest(self) -> None:
        """It matches what follows, however long."""
        self.needs("wildcards")
        async with self.connections() as (broker,):
            inbox, _ = await self.attach(broker, "a", self.any_rest)
            for tokens in (("b", "x"), ("a", "x"), ("a", "x", "y"), ("aa", "x"), ("a", "z")):
                await self.publish(broker, "/".join(tokens).encode(), *tokens)
            await inbox.reach(3, self.timeout)
            assert inbox.bodies == [b"a/x", b"a/x/y", b"a/z"]

    async def test_illegal_topics_are_refused(self) -> None:
        """By the check and by publish, and the connection lives on."""
        async with self.connections() as (broker,):
            for topic in self.illegal_topics:
                with pytest.raises(MessageRejectedError):
                    broker.validate_topic(topic)
                with pytest.raises(MessageRejectedError):
                    await done(broker.publish(topic, Message(b"")))
            inbox, _ = await self.attach(broker, "a")
            await self.publish(broker, b"fine", "a")
            await inbox.take(self.timeout)

    async def test_illegal_patterns_are_refused(self) -> None:
        """By the check and by subscribe."""
        async with self.connections() as (broker,):
            for pattern in self.illegal_patterns:
                with pytest.raises(MessageRejectedError):
                    broker.validate_pattern(pattern)
                with pytest.raises(MessageRejectedError):
                    await broker.subscribe(pattern, Inbox(), group=None, prefetch=1, start="new")

    async def test_matches(self) -> None:
        """``matches`` agrees with a plain reading of the dialect, whatever the tokens."""
        broker = self.make_broker()
        token = st.sampled_from(["a", "b", "ab"])
        topics = st.lists(token, min_size=1, max_size=4)
        patterns = st.tuples(
            st.lists(st.one_of(token, st.just(self.any_token)), max_size=4), st.booleans()
        ).filter(lambda pattern: bool(pattern[0]) or pattern[1])

        @settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
        @given(topics, patterns)
        def check(topic: list[str], pattern: tuple[list[str], bool]) -> None:
            tokens, rest = pattern
            written = [*tokens, self.any_rest] if rest else tokens
            long_enough = len(topic) > len(tokens) if rest else len(topic) == len(tokens)
            expected = long_enough and all(
                want in (self.any_token, have) for want, have in zip(tokens, topic, strict=False)
            )
            shown = broker.matches(self.separator.join(written), self.separator.join(topic))
            assert shown == expected

        check()

    # -- groups -----------------------------------------------------------------------------------

    async def test_members_of_a_group_share(self) -> None:
        """Each message reaches one member, and every member takes part."""
        self.needs("groups")
        async with self.connections(2) as brokers:
            inboxes = [
                (await self.attach(broker, "a", group="g", prefetch=1, ack=False))[0]
                for broker in brokers
            ]
            for number in range(40):
                await self.publish(brokers[0], b"%d" % number, "a")
            for inbox in inboxes:
                await inbox.reach(1, self.timeout)
            await asyncio.gather(*(self.settle_all(inboxes, inbox, 40) for inbox in inboxes))
            bodies = [body for inbox in inboxes for body in inbox.bodies]
            assert sorted(map(int, bodies)) == list(range(40))

    async def settle_all(self, inboxes: list[Inbox], inbox: Inbox, total: int) -> None:
        """Acknowledge what arrives in ``inbox`` until all have ``total`` together."""
        ends = time.monotonic() + self.timeout
        while sum(map(len, inboxes)) < total or inbox._taken < len(inbox):  # noqa: SLF001
            assert time.monotonic() < ends, f"{[len(inbox) for inbox in inboxes]} of {total}"
            with suppress(AssertionError):
                await done((await inbox.take(0.05)).ack())

    async def test_groups_are_independent(self) -> None:
        """Each group gets every message."""
        self.needs("groups")
        async with self.connections(2) as brokers:
            inboxes = [
                (await self.attach(broker, "a", group=group))[0]
                for broker, group in zip(brokers, ("g", "h"), strict=True)
            ]
            for number in range(10):
                await self.publish(brokers[0], b"%d" % number, "a")
            for inbox in inboxes:
                await inbox.reach(10, self.timeout)
                assert sorted(inbox.bodies) == [b"%d" % number for number in range(10)]

    async def test_subscribers_without_group_get_everything(self) -> None:
        """They share with nobody."""
        async with self.connections(2) as brokers:
            inboxes = [(await self.attach(broker, "a"))[0] for broker in (*brokers, brokers[0])]
            for number in range(10):
                await self.publish(brokers[0], b"%d" % number, "a")
            for inbox in inboxes:
                await inbox.reach(10, self.timeout)
                assert sorted(inbox.bodies) == [b"%d" % number for number in range(10)]

    async def test_a_group_goes_on_where_it_was(self) -> None:
        """What is published while no member is attached waits for the next one."""
        self.needs("groups", "acknowledgement")
        async with self.connections() as (broker,):
            inbox, subscription = await self.attach(broker, "a", group="g")
            await self.publish(broker, b"1", "a")
            await inbox.reach(1, self.timeout)
            await subscription.stop()
            await self.publish(broker, b"2", "a")
            again, _ = await self.attach(broker, "a", group="g")
            await again.reach(1, self.timeout)
            assert (inbox.bodies, again.bodies) == ([b"1"], [b"2"])

    async def test_a_new_group_starts_with_new_messages(self) -> None:
        """``start="new"`` leaves out what was published before."""
        async with self.connections() as (broker,):
            await self.publish(broker, b"before", "a")
            inbox, _ = await self.attach(broker, "a", group="g")
            await self.publish(broker, b"after", "a")
            await inbox.reach(1, self.timeout)
            assert inbox.bodies == [b"after"]

    async def test_a_new_group_may_start_with_all(self) -> None:
        """``start="all"`` gives what is stored, or is refused where nothing is."""
        async with self.connections() as (broker,):
            await self.publish(broker, b"before", "a")
            if not broker.capabilities.replays:
                with pytest.raises(MessageRejectedError):
                    await self.attach(broker, "a", group="g", start="all")
                return
            inbox, _ = await self.attach(broker, "a", group="g", start="all")
            await self.publish(broker, b"after", "a")
            await inbox.reach(2, self.timeout)
            assert inbox.bodies == [b"before", b"after"]

    # -- settling ---------------------------------------------------------------------------------

    async def test_handed_back_comes_again(self) -> None:
        """At once, counted; and not at all without acknowledgement."""
        async with self.connections() as (broker,):
            inbox, _ = await self.attach(broker, "a", group="g", ack=False)
            await self.publish(broker, b"x", "a", metadata=(("k", "v"),))
            first = await inbox.take(self.timeout)
            assert first.attempt == 1
            await done(first.nack())
            if not broker.capabilities.acknowledgement:
                await asyncio.sleep(self.quiet)
                assert len(inbox) == 1
                return
            second = await inbox.take(self.timeout)
            assert second.message == first.message
            assert second.attempt == (2 if broker.capabilities.counts_attempts else 1)
            await done(second.ack())
            await asyncio.sleep(self.quiet)
            assert len(inbox) == 2

    async def test_handed_back_with_delay(self) -> None:
        """The broker waits if it says so; if it does not, it does not."""
        self.needs("acknowledgement")
        async with self.connections() as (broker,):
            inbox, _ = await self.attach(broker, "a", group="g", ack=False)
            await self.publish(broker, b"x", "a")
            began = time.monotonic()
            await done((await inbox.take(self.timeout)).nack(delay=0.5))
            await done((await inbox.take(self.timeout)).ack())
            waited = time.monotonic() - began
            assert (waited >= 0.45) == broker.capabilities.delayed_nack

    async def test_settling_twice_changes_nothing(self) -> None:
        """The first answer counts."""
        async with self.connections() as (broker,):
            inbox, _ = await self.attach(broker, "a", group="g", ack=False)
            await self.publish(broker, b"x", "a")
            delivery = await inbox.take(self.timeout)
            await done(delivery.ack())
            await done(delivery.nack())
            await done(delivery.ack())
            await asyncio.sleep(self.quiet)
            assert len(inbox) == 1

    async def test_a_lost_connection_gives_back_what_it_held(self) -> None:
        """Nothing unsettled is lost with a host."""
        self.needs("acknowledgement", "groups")
        async with self.connections(2, lease=self.short_lease) as (one, other):
            lost, _ = await self.attach(one, "a", group="g", ack=False)
            await self.publish(other, b"x", "a")
            await lost.reach(1, self.timeout)
            await one.close()
            inbox, _ = await self.attach(other, "a", group="g")
            await inbox.reach(1, self.timeout + self.short_lease)
            assert inbox.bodies == [b"x"]

    async def test_the_end_of_a_lease(self) -> None:
        """What nobody settles comes again after the lease, not before."""
        self.needs("acknowledgement", "lease")
        async with self.connections(lease=self.short_lease) as (broker,):
            lease = broker.capabilities.lease
            assert lease is not None
            inbox, _ = await self.attach(broker, "a", group="g", ack=False)
            await self.publish(broker, b"x", "a")
            await inbox.take(self.timeout)
            began = time.monotonic()
            again = await inbox.take(self.timeout + lease)
            assert time.monotonic() - began >= lease * 0.8
            assert again.message.data == b"x"
            await done(again.ack())

    async def test_a_lease_is_kept_alive(self) -> None:
        """Renewed in time it does not end."""
        self.needs("acknowledgement", "lease")
        async with self.connections(lease=self.short_lease) as (broker,):
            lease = broker.capabilities.lease
            assert lease is not None
            inbox, _ = await self.attach(broker, "a", group="g", ack=False)
            await self.publish(broker, b"x", "a")
            delivery = await inbox.take(self.timeout)
            ends = time.monotonic() + 2.5 * lease
            while time.monotonic() < ends:
                await asyncio.sleep(lease / 5)
                await done(delivery.keep_alive())
            await done(delivery.ack())
            await asyncio.sleep(self.quiet)
            assert len(inbox) == 1

    # -- flow -------------------------------------------------------------------------------------

    async def test_prefetch_bounds_what_is_unsettled(self) -> None:
        """Never more than that; settling makes room for as many."""
        async with self.connections() as (broker,):
            inbox, _ = await self.attach(broker, "a", group="g", prefetch=3, ack=False)
            for number in range(30):
                await self.publish(broker, b"%d" % number, "a")
            settled = 0
            while settled < 30:
                await inbox.reach(min(settled + 3, 30), self.timeout)
                if settled == 0:
                    await asyncio.sleep(self.quiet)
                assert len(inbox) <= settled + 3
                await done(inbox.deliveries[settled].ack())
                settled += 1
            assert sorted(map(int, inbox.bodies)) == list(range(30))

    async def test_settling_inside_the_receiver(self) -> None:
        """A receiver may settle before it returns, for as many messages as there are."""
        async with self.connections() as (broker,):
            inbox, _ = await self.attach(broker, "a", group="g", prefetch=1, ack=True)
            for number in range(2000):
                completion = broker.publish(self.topic("a"), Message(b"%d" % number))
                if number % 100 == 99:
                    await done(completion)
            await inbox.reach(2000, self.timeout * 2)

    async def test_order(self) -> None:
        """Messages of a topic arrive in the order they were published."""
        self.needs("ordered")
        async with self.connections(2) as (one, other):
            inbox, _ = await self.attach(other, "a", group="g", prefetch=7)
            sent = [one.publish(self.topic("a"), Message(b"%d" % number)) for number in range(500)]
            for completion in sent:
                await done(completion)
            await inbox.reach(500, self.timeout)
            assert list(map(int, inbox.bodies)) == list(range(500))

    async def test_stop_ends_the_deliveries(self) -> None:
        """Nothing arrives after ``stop``; what is held may be settled; another member goes on."""
        self.needs("groups", "acknowledgement")
        async with self.connections(2) as (one, other):
            first, subscription = await self.attach(one, "a", group="g", prefetch=5, ack=False)
            for number in range(20):
                await self.publish(one, b"%d" % number, "a")
            await first.reach(5, self.timeout)
            await subscription.stop()
            held = len(first)
            second, _ = await self.attach(other, "a", group="g")
            await second.reach(20 - held, self.timeout)
            for delivery in first.deliveries:
                await done(delivery.ack())
            await asyncio.sleep(self.quiet)
            assert len(first) == held
            assert sorted(map(int, first.bodies + second.bodies)) == list(range(20))

    async def test_what_was_published_before_closing_arrives(self) -> None:
        """``close`` sends what is buffered."""
        async with self.connections(1) as (other,):
            inbox, _ = await self.attach(other, "a")
            one = self.make_broker()
            await one.open()
            sent = [one.publish(self.topic("a"), Message(b"%d" % number)) for number in range(100)]
            for completion in sent:
                await done(completion)
            await one.close()
            await inbox.reach(100, self.timeout)

    async def test_a_closed_broker_says_so(self) -> None:
        """As an error of this package."""
        broker = self.make_broker()
        await broker.open()
        await broker.close()
        with pytest.raises(BrokerUnavailableError):
            await self.publish(broker, b"", "a")
        with pytest.raises(BrokerUnavailableError):
            await self.attach(broker, "a")

    # -- request and reply ------------------------------------------------------------------------

    @asynccontextmanager
    async def responder(
        self, broker: Broker, *replies: Message, delay: float = 0.0
    ) -> AsyncIterator[Inbox]:
        """Answer every message of this test's topic with all of these."""
        inbox = Inbox()
        answers: set[asyncio.Task[None]] = set()

        async def answer(delivery: Delivery) -> None:
            await asyncio.sleep(delay)
            for reply in replies:
                await done(broker.reply(delivery, reply))
            await done(delivery.ack())

        def receive(delivery: Delivery) -> None:
            inbox(delivery)
            answers.add(asyncio.ensure_future(answer(delivery)))

        subscription = await broker.subscribe(
            self.topic("ask"), receive, group="responder", prefetch=100, start="new"
        )
        try:
            yield inbox
        finally:
            await subscription.stop()
            await asyncio.gather(*answers)

    async def test_request_and_reply(self) -> None:
        """Request and reply carry all that a message does, and the reply address stays hidden."""
        self.needs("request_reply")
        reply = Message(b"pong", "text/plain", (("k", "1"), ("j", "2")))
        async with (
            self.connections(2) as (one, other),
            self.responder(other, reply) as asked,
        ):
            request = Message(b"ping", "text/html", (("a", "1"),))
            replies = await one.request(
                self.topic("ask"), request, timeout=self.timeout, expected=1
            )
            assert [(r.data, r.content_type, r.metadata) for r in replies] == [
                (b"pong", "text/plain", (("k", "1"), ("j", "2")))
            ]
            message = asked.deliveries[0].message
            assert (message.data, message.content_type) == (b"ping", "text/html")
            assert message.metadata == (("a", "1"),)
            assert message.topic == self.topic("ask")

    async def test_several_replies(self) -> None:
        """As many as expected, no more."""
        self.needs("request_reply")
        replies = [Message(b"%d" % number) for number in range(5)]
        async with self.connections() as (broker,), self.responder(broker, *replies):
            got = await broker.request(
                self.topic("ask"), Message(b""), timeout=self.timeout, expected=3
            )
            assert [reply.data for reply in got] == [b"0", b"1", b"2"]

    async def test_fewer_replies_than_expected(self) -> None:
        """Those that came in time are the result."""
        self.needs("request_reply")
        async with self.connections() as (broker,), self.responder(broker, Message(b"only")):
            got = await broker.request(
                self.topic("ask"), Message(b""), timeout=self.quiet, expected=2
            )
            assert [reply.data for reply in got] == [b"only"]

    async def test_a_late_reply_is_discarded(self) -> None:
        """The request times out, and the next one does not get its reply."""
        self.needs("request_reply")
        async with self.connections() as (broker,):
            async with self.responder(broker, Message(b"late"), delay=self.quiet):
                with pytest.raises(BrokerTimeoutError):
                    await broker.request(
                        self.topic("ask"), Message(b""), timeout=self.quiet / 10, expected=1
                    )
            async with self.responder(broker, Message(b"fresh")):
                got = await broker.request(
                    self.topic("ask"), Message(b""), timeout=self.timeout, expected=1
                )
                assert [reply.data for reply in got] == [b"fresh"]

    async def test_nobody_replies(self) -> None:
        """Unavailable where the broker can tell that nobody listens, else a timeout."""
        self.needs("request_reply")
        async with self.connections() as (broker,):
            with pytest.raises((BrokerTimeoutError, BrokerUnavailableError)):
                await broker.request(
                    self.topic("ask"), Message(b""), timeout=self.quiet, expected=1
                )

    async def test_reply_to_what_was_no_request(self) -> None:
        """Does nothing."""
        async with self.connections() as (broker,), self.responder(broker, Message(b"re")) as asked:
            await self.publish(broker, b"", "ask")
            await asked.reach(1, self.timeout)
            await done(broker.reply(asked.deliveries[0], Message(b"re")))

    async def test_many_requests_at_once(self) -> None:
        """Every one gets its own reply."""
        self.needs("request_reply")
        async with self.connections() as (broker,):

            def echo(delivery: Delivery) -> None:
                broker.reply(delivery, Message(delivery.message.data))
                delivery.ack()

            await broker.subscribe(
                self.topic("ask"), echo, group="responder", prefetch=1000, start="new"
            )

            async def ask(body: bytes) -> bytes:
                (reply,) = await broker.request(
                    self.topic("ask"), Message(body), timeout=self.timeout, expected=1
                )
                return reply.data

            bodies = [b"%d" % number for number in range(200)]
            assert await asyncio.gather(*map(ask, bodies)) == bodies

    # -- away and back ----------------------------------------------------------------------------

    async def test_nobody_at_the_address(self) -> None:
        """``open`` says so within seconds."""
        broker = self.unreachable_broker()
        if broker is None:
            pytest.skip("there is no address at which it might not be")
        began = time.monotonic()
        with pytest.raises(BrokerUnavailableError):
            await broker.open()
        assert time.monotonic() - began < self.timeout

    async def test_messages_outlive_the_broker(self) -> None:
        """A durable broker has them after a restart, with the position of the group."""
        async with self.connections() as (broker,):
            if broker.capabilities.acknowledgement:
                inbox, subscription = await self.attach(broker, "a", group="g")
                await self.publish(broker, b"0", "a")
                await inbox.reach(1, self.timeout)
                await subscription.stop()
            for number in range(1, 11):
                await self.publish(broker, b"%d" % number, "a")
        await self.restart()
        async with self.connections() as (broker,):
            inbox, _ = await self.attach(broker, "a", group="g")
            if broker.capabilities.durable:
                await inbox.reach(10, self.timeout)
                assert list(map(int, inbox.bodies)) == list(range(1, 11))
            else:
                await asyncio.sleep(self.quiet)
                assert not inbox.bodies

    async def test_subscriptions_come_back(self) -> None:
        """After a restart of the broker everything goes on, on the same connection."""
        async with self.connections() as (broker,):
            grouped, _ = await self.attach(broker, "a", group="g")
            single, _ = await self.attach(broker, self.any_rest)
            await self.publish(broker, b"before", "a")
            await grouped.reach(1, self.timeout)
            await single.reach(1, self.timeout)
            await self.restart()

            async def probe() -> None:
                await self.publish(broker, b"after", "a")

            for inbox in (grouped, single):
                ends = time.monotonic() + self.timeout
                while b"after" not in inbox.bodies:
                    assert time.monotonic() < ends, "no message after the restart"
                    await self.eventually(probe)
                    await asyncio.sleep(0.05)

    async def test_a_confirmed_message_is_kept_through_a_restart(self) -> None:
        """Publishing goes on while the broker restarts: what was confirmed is there."""
        self.needs("durable", "confirms", "replays")
        confirmed: list[bytes] = []
        async with self.connections() as (broker,):
            stop = asyncio.Event()

            async def publisher() -> None:
                number = 0
                while not stop.is_set():
                    body = b"%d" % number
                    number += 1
                    try:
                        await self.publish(broker, body, "a")
                    except BrokerError:
                        await asyncio.sleep(0.01)
                    else:
                        confirmed.append(body)

            task = asyncio.ensure_future(publisher())
            await asyncio.sleep(self.quiet)
            before = len(confirmed)
            await self.restart()
            ends = time.monotonic() + self.timeout
            while len(confirmed) < before + 20 and time.monotonic() < ends:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
            stop.set()
            await task
            assert len(confirmed) > before
            inbox, _ = await self.attach(broker, "a", group="g", start="all")
            await inbox.reach(len(confirmed), self.timeout)
            assert set(confirmed) <= set(inbox.bodies)

    async def test_a_held_message_can_be_settled_after_a_restart(self) -> None:
        """The acknowledgement finds its message."""
        self.needs("durable", "acknowledgement")
        async with self.connections(lease=self.short_lease) as (broker,):
            inbox, _ = await self.attach(broker, "a", group="g", ack=False)
            await self.publish(broker, b"x", "a")
            delivery = await inbox.take(self.timeout)
            await self.restart()
            await self.eventually(lambda: self.publish(broker, b"fence", "b"))
            await done(delivery.ack())
            await asyncio.sleep(self.quiet + self.short_lease)
            # The broker may have given it again in the meantime, but not for ever.
            for again in inbox.deliveries[1:]:
                await done(again.ack())
            seen = len(inbox)
            await asyncio.sleep(self.quiet + self.short_lease)
            assert len(inbox) == seen
