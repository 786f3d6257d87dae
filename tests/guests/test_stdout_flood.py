"""stdout-flood: a guest's words are logged, but not more than the log can take."""

import logging

import pytest

from .hosting import handle, hosting

LOGGER = "wasi_messaging.component.guest"


async def test_few_lines_are_all_logged(caplog: pytest.LogCaptureFixture) -> None:
    """A line each, as that component's, marked with its stream."""
    caplog.set_level(logging.INFO, logger=LOGGER)
    async with hosting("stdout-flood/c") as host:
        await handle(host, data=b"3")
    records = [record for record in caplog.records if record.name == LOGGER]
    assert [record.getMessage() for record in records] == [
        *["all work and no play"] * 3,
        "that was it",
    ]
    assert [record.__dict__["stream"] for record in records] == [*["stdout"] * 3, "stderr"]


async def test_the_rest_is_counted(caplog: pytest.LogCaptureFixture) -> None:
    """What is over the limit is left out, and the log says how many lines that were."""
    caplog.set_level(logging.INFO, logger=LOGGER)
    async with hosting("stdout-flood/c", log_lines_per_second=20) as host:
        await handle(host, data=b"5000")
    lines = [record.getMessage() for record in caplog.records if record.name == LOGGER]
    logged = lines.count("all work and no play")
    left_out = sum(int(line.split()[0]) for line in lines if "left out" in line)
    assert 20 <= logged < 200
    assert logged + left_out + lines.count("that was it") == 5001


async def test_a_flood_of_words_does_not_slow_the_host(caplog: pytest.LogCaptureFixture) -> None:
    """The deadline allows for a hundred thousand lines."""
    caplog.set_level(logging.INFO, logger=LOGGER)
    async with hosting("stdout-flood/c", deadline="5s") as host:
        await handle(host, data=b"100000")
    assert len(caplog.records) < 1000
