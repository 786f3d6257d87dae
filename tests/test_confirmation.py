"""A completion that is settled by a callback."""

from __future__ import annotations

import asyncio

import pytest

from wasi_messaging.abc import Confirmation
from wasi_messaging.errors import BrokerError


def test_whoever_listens_hears_of_it_once() -> None:
    """Before and after it is settled; what comes later changes nothing."""
    confirmation = Confirmation()
    heard: list[BaseException | None] = []
    confirmation.when_settled(heard.append)
    assert heard == []
    confirmation.settle()
    confirmation.settle(BrokerError("too late"))
    confirmation.when_settled(heard.append)
    assert heard == [None, None]


def test_an_error_reaches_everybody() -> None:
    """Those who listened before and those who come later."""
    confirmation, error = Confirmation(), BrokerError("no")
    heard: list[BaseException | None] = []
    confirmation.when_settled(heard.append)
    confirmation.settle(error)
    confirmation.when_settled(heard.append)
    assert heard == [error, error]


def test_an_error_of_one_who_hears_of_it_keeps_no_other_from_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It is logged: whoever settles it, a client library, could do nothing with it."""
    confirmation = Confirmation()
    heard: list[BaseException | None] = []

    def fails(_: BaseException | None) -> None:
        raise KeyError("of a listener")

    confirmation.when_settled(fails)
    confirmation.when_settled(heard.append)
    confirmation.settle()
    assert heard == [None]
    assert "of a listener" in caplog.text


async def test_it_can_be_awaited() -> None:
    """Before, after, by several, and by one who gives up."""
    confirmation = Confirmation()
    waiting = [asyncio.ensure_future(confirmation) for _ in range(2)]
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await confirmation
    assert not any(one.done() for one in waiting)
    confirmation.settle()
    await asyncio.gather(*waiting)
    await confirmation


async def test_an_error_is_raised_to_whoever_awaits() -> None:
    """Also to who comes after it."""
    confirmation = Confirmation()
    waiting = asyncio.ensure_future(confirmation)
    await asyncio.sleep(0)
    confirmation.settle(BrokerError("no"))
    for awaited in (waiting, confirmation):
        with pytest.raises(BrokerError, match="no"):
            await awaited
