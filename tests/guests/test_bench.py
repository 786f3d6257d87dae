"""bench: what the benchmarks measure does the whole work, in every language they compare."""

import pytest
from measure.handlers import CONTENT_TYPE, PAIRS

from wasi_messaging.testing import collect

from .hosting import COMPILES, handle, hosting


@pytest.mark.parametrize("language", ["c", "python", "rust", "typescript"])
@COMPILES
async def test_does_everything_it_is_measured_for(language: str) -> None:
    """It sends a copy, described as by the programs without a guest, on a client that it keeps."""
    guest = f"bench/{language}"
    async with hosting(guest, instances=1) as host, collect(host.broker(), ">") as sent:
        for number in range(3):
            await handle(host, "in", b"%d" % number)
        copies = await sent.wait(3)
    assert [copy.data for copy in copies] == [b"0", b"1", b"2"]
    assert {copy.topic for copy in copies} == {"out"}
    assert {copy.content_type for copy in copies} == {CONTENT_TYPE}
    assert {copy.metadata for copy in copies} == {PAIRS}
