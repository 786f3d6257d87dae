"""metadata-flood: metadata is bounded like a body, in pairs and in bytes."""

import pytest

from wasi_messaging import GuestError
from wasi_messaging.testing import collect

from .hosting import handle, hosting


async def test_at_the_limits_and_over_them() -> None:
    """What is within both limits leaves whole; what is over one does not leave at all."""
    async with (
        hosting("metadata-flood/c", max_metadata_pairs=10, max_metadata_size=1000) as host,
        collect(host.broker(), "out") as sent,
    ):
        await handle(host, data=b"10 99")
        with pytest.raises(GuestError, match="max_metadata_pairs"):
            await handle(host, data=b"11 1")
        with pytest.raises(GuestError, match="max_metadata_size"):
            await handle(host, data=b"10 100")
        await handle(host, data=b"0 0")
        full, empty = await sent.wait(2)
    assert full.metadata == (("k", "v" * 99),) * 10
    assert not empty.metadata


async def test_none_at_all() -> None:
    """Zero is a limit too."""
    async with hosting("metadata-flood/c", max_metadata_pairs=0) as host:
        await handle(host, data=b"0 0")
        with pytest.raises(GuestError, match="1 metadata pairs"):
            await handle(host, data=b"1 0")
