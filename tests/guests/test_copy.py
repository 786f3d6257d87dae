"""copy: the body comes out unchanged, and alone, in every language that the benchmarks compare."""

import pytest

from wasi_messaging.testing import collect

from .hosting import COMPILES, handle, hosting

BODIES = [b"text", b"", bytes(range(256))]


@pytest.mark.parametrize("language", ["c", "python", "rust", "typescript"])
@COMPILES
async def test_sends_the_body_alone(language: str) -> None:
    """What described the message does not describe its copy."""
    guest = f"copy/{language}"
    async with hosting(guest, instances=1) as host, collect(host.broker(), ">") as sent:
        for body in BODIES:
            await handle(host, "in", body, content_type="text/plain", metadata=(("k", "v"),))
        copies = await sent.wait(len(BODIES))
    assert [copy.data for copy in copies] == BODIES
    assert {(copy.topic, copy.content_type, copy.metadata) for copy in copies} == {
        ("out", None, None)
    }
