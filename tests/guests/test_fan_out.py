"""fan-out: one message becomes ten, in every language that the benchmarks compare."""

import pytest

from wasi_messaging.testing import collect

from .hosting import COMPILES, handle, hosting


@pytest.mark.parametrize("language", ["c", "python", "rust", "typescript"])
@COMPILES
async def test_sends_ten_copies(language: str) -> None:
    """Each has the whole body, and the next message is served by the same client."""
    guest = f"fan-out/{language}"
    async with hosting(guest, instances=1) as host, collect(host.broker(), ">") as sent:
        await handle(host, "in", b"first")
        await handle(host, "in", b"second")
        copies = await sent.wait(20)
    assert [copy.data for copy in copies] == [b"first"] * 10 + [b"second"] * 10
    assert {copy.topic for copy in copies} == {"out"}
