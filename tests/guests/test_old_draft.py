"""old-draft: components of every other shape that was called wasi:messaging, or nearly."""

import pytest

from wasi_messaging import UnsupportedWorldError

from .hosting import built, hosting

HERE = (
    "this host serves wasi:messaging@0.2.0-draft of 2024-12-04 (4ee59bb), where a message may have "
    "a topic and a request names one"
)
REWRITE = (
    "its source needs changes, not only a rebuild: messages are resources now, and "
    "`incoming-handler` exports `handle`; see wit/ of this project"
)
REBUILD = (
    "rebuild it with the WIT of 2024-12-04 (github.com/WebAssembly/wasi-messaging at 4ee59bb; the "
    "folder wit/ of this project declares the same)"
)
RECORD = "where a message is a record and guests export messaging-guest"
SHAPES = {
    "2023-06-22": (
        "wasi:messaging (no version) of 2023-06-22 (f8b0bea), where clients and errors are numbers",
        REWRITE,
    ),
    "2024-01-18": (f"wasi:messaging@0.1.0 of 2024-01-18 (338f15d), {RECORD}", REWRITE),
    "2024-02-20": (f"wasi:messaging@0.2.0-draft of 2024-02-20 (c2a7421), {RECORD}", REWRITE),
    "2024-10-30": (
        "wasi:messaging@0.2.0-draft of 2024-10-30 (8f63bd5), where a handler exports get-topics "
        "and a message always has a topic",
        REBUILD,
    ),
    "2024-11-07": (
        "wasi:messaging@0.2.0-draft of 2024-11-07 (55c13e8), where a message always has a topic "
        "and a request names none",
        REBUILD,
    ),
    "2024-12-05": (
        "wasi:messaging@0.2.0-draft of 2024-12-05 (2df50fc), a proposed change, never merged, "
        "where the setters of a message may fail",
        REBUILD,
    ),
    "async": (
        "wasi:messaging@0.2.0-draft, a fork that was never published, where the functions are "
        "async",
        REBUILD,
    ),
    "wasmcloud-0.3-async": (
        "wasmcloud:messaging@0.3.0, where the functions are async and bodies are streams",
        "that is another project's interface; port the component to wasi:messaging@0.2.0-draft, "
        "see wit/ of this project, or build it for wasmcloud:messaging@0.2.0, which this host "
        "gives too",
    ),
    "wasmcloud-0.3-renamed": (
        "wasmcloud:messaging@0.3.0, the shape of wasi:messaging under another name",
        "rebuild it for wasi:messaging@0.2.0-draft, see wit/ of this project",
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
async def test_named_before_the_first_message(shape: str) -> None:
    """The error says which revision it was built against, which is served, and what to do."""
    with pytest.raises(UnsupportedWorldError) as caught:
        async with hosting(f"old-draft/{shape}"):
            pass
    revision, advice = SHAPES[shape]
    path = built(f"old-draft/{shape}")
    assert str(caught.value) == f"{path}: built against {revision}; {HERE}: {advice}"
