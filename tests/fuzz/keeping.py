"""Inputs as files, to have them again and to change them by hand."""

from __future__ import annotations

import json
from pathlib import Path

from wasi_messaging import Message, _engine

from .candidate import Candidate
from .tally import Tally


def save(candidate: Candidate, text: str | None, path: Path) -> None:
    """Write a candidate so that it can be had again and changed by hand: see :func:`load`."""
    how = {
        "settings": candidate.settings,
        "asked": candidate.asked,
        "cancelled_after": candidate.cancelled_after,
        "stopped_after": candidate.stopped_after,
        "direct": [written(message) for message in candidate.direct],
        "published": [written(message) for message in candidate.published],
    }
    path.with_suffix(".json").write_text(json.dumps(how, indent=1) + "\n", encoding="utf-8")
    if text is None:
        path.with_suffix(".wasm").write_bytes(candidate.component)
    else:
        path.with_suffix(".wat").write_text(text, encoding="utf-8")


def load(path: Path) -> Candidate:
    """A candidate from a ``.wat`` or ``.wasm`` file and the ``.json`` beside it."""
    content = path.read_bytes()
    if path.suffix == ".wat":
        content = _engine.parse_text(content.decode())
    how = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    candidate = Candidate(Tally(0), content, how["settings"], asked=how["asked"], alone=True)
    candidate.cancelled_after = how["cancelled_after"]
    candidate.stopped_after = how["stopped_after"]
    candidate.direct = [read(message) for message in how["direct"]]
    candidate.published = [read(message) for message in how["published"]]
    return candidate


def written(message: Message) -> dict[str, object]:
    """A message as JSON."""
    return {
        "data": message.data.hex(),
        "content_type": message.content_type,
        "metadata": message.metadata,
        "topic": message.topic,
    }


def read(values: dict[str, object]) -> Message:
    """A message from JSON."""
    pairs = values["metadata"]
    metadata = None if pairs is None else tuple((k, v) for k, v in pairs)  # type: ignore[attr-defined]
    return Message(
        bytes.fromhex(str(values["data"])),
        values["content_type"],  # type: ignore[arg-type]
        metadata,
        values["topic"],  # type: ignore[arg-type]
    )
