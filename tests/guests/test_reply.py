"""reply: a request is answered with its body, in every language that the benchmarks compare."""

import pytest

from wasi_messaging import Message

from .hosting import COMPILES, hosting


@pytest.mark.parametrize("language", ["c", "python", "rust", "typescript"])
@COMPILES
async def test_answers_with_the_body(language: str) -> None:
    """One reply, nothing else."""
    subscriptions = [{"topic": "in"}]
    async with hosting(f"reply/{language}", subscriptions=subscriptions) as host:
        question = Message(b"question")
        replies = await host.broker().request("in", question, timeout=5, expected=1)
    assert [reply.data for reply in replies] == [b"question"]
