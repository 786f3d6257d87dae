"""core-module: what a compiler makes before it is wrapped is told apart from a component."""

import pytest

from wasi_messaging import ComponentError

from .hosting import hosting


async def test_refused_with_the_way_out() -> None:
    """The error says what the file is and what to do."""
    with pytest.raises(ComponentError, match="is a core WebAssembly module, not a component"):
        async with hosting("core-module/wat"):
            pass
