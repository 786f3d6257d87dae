"""The dialect of topics and patterns."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ...errors import MessageRejectedError
from ...message import Message
from .base import SuiteBase
from .inbox import Inbox, done


class TopicTests(SuiteBase):
    """Wildcards match what they should; what is illegal is refused."""

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
        """By the checks and by publish, and the connection lives on."""
        async with self.connections() as (broker,):
            for topic in self.illegal_topics:
                with pytest.raises(MessageRejectedError):
                    broker.validate_topic(topic)
                with pytest.raises(MessageRejectedError):
                    broker.check(topic, Message(b""))
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

    async def test_matcher(self) -> None:
        """It says of many patterns what ``matches`` says of each."""
        broker = self.make_broker()
        token = st.sampled_from(["a", "b", "ab"])
        topics = st.lists(token, min_size=1, max_size=4).map(self.separator.join)
        written = st.tuples(
            st.lists(st.one_of(token, st.just(self.any_token)), max_size=3),
            st.sampled_from([[], [self.any_rest]]),
        ).map(lambda parts: self.separator.join([*parts[0], *parts[1]]))

        @settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
        @given(st.lists(written.filter(bool), max_size=6), topics)
        def check(patterns: list[str], topic: str) -> None:
            expected = any(broker.matches(pattern, topic) for pattern in patterns)
            assert broker.matcher(patterns)(topic) == expected

        check()
