"""start-trap: a guest that cannot start is refused before the first message."""

import pytest

from wasi_messaging import ComponentError

from .hosting import hosting


async def test_host_does_not_start() -> None:
    """The error names the component and what happened."""
    with pytest.raises(ComponentError, match=r"'guest'.*(?s:.*)unreachable"):
        async with hosting("start-trap/c"):
            pass
