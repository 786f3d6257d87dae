"""transform: JSON is read, changed and written the same in every language that has it."""

import json

import pytest

from wasi_messaging.testing import collect

from .hosting import COMPILES, handle, hosting


def event(*values: int) -> bytes:
    """What the guest is given."""
    readings = [{"name": f"sensor-{value}", "value": value} for value in values]
    content = {"id": "#1", "sequence": 41, "readings": readings, "debug": "words"}
    return json.dumps(content).encode()


@pytest.mark.parametrize("language", ["python", "rust", "typescript"])
@COMPILES
async def test_changes_an_event(language: str) -> None:
    """It adds the sum and what that means, counts on, and leaves out what nobody needs."""
    guest = f"transform/{language}"
    async with hosting(guest) as host, collect(host.broker(), "out") as sent:
        await handle(host, "in", event(400, 600))
        await handle(host, "in", event(400, 601))
        first, second = [json.loads(copy.data) for copy in await sent.wait(2)]
    readings = [{"name": "sensor-400", "value": 400}, {"name": "sensor-600", "value": 600}]
    assert first == {
        "id": "#1",
        "sequence": 42,
        "readings": readings,
        "total": 1000,
        "status": "normal",
    }
    assert (second["total"], second["status"]) == (1001, "high")
