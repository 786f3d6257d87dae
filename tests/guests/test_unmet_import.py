"""unmet-import: a component that wants more than the host gives."""

import pytest

from wasi_messaging import UnsupportedWorldError

from .hosting import hosting


async def test_refused_by_name() -> None:
    """The error names the interface."""
    with pytest.raises(UnsupportedWorldError, match="example:shop/payments"):
        async with hosting("unmet-import/wit"):
            pass
