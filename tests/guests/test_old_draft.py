"""old-draft: components of every other shape that was called wasi:messaging, or nearly."""

import pytest

from wasi_messaging import UnsupportedWorldError

from .hosting import hosting

SHAPES = {
    "2023-06-22": "wasi:messaging (no version) of 2023-06-22",
    "2024-01-18": "wasi:messaging@0.1.0 of 2024-01-18",
    "2024-02-20": "wasi:messaging@0.2.0-draft of 2024-02-20",
    "2024-10-30": "wasi:messaging@0.2.0-draft of 2024-10-30",
    "2024-11-07": "wasi:messaging@0.2.0-draft of 2024-11-07",
    "2024-12-05": "wasi:messaging@0.2.0-draft of 2024-12-05",
    "async": "where the functions are async",
    "wasmcloud-0.2": "wasmcloud:messaging@0.2.0",
    "wasmcloud-0.3-async": "wasmcloud:messaging@0.3.0",
    "wasmcloud-0.3-renamed": "wasmcloud:messaging@0.3.0",
}


@pytest.mark.parametrize("shape", SHAPES)
async def test_named_before_the_first_message(shape: str) -> None:
    """The error says which revision the component was built against and which is served."""
    with pytest.raises(UnsupportedWorldError) as caught:
        async with hosting(f"old-draft/{shape}"):
            pass
    text = str(caught.value)
    assert SHAPES[shape] in text
    assert "2024-12-04" in text
