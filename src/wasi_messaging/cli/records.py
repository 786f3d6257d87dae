"""A message as a JSON object: what ``publish --jsonl`` reads and ``subscribe --json`` prints.

    {"topic": "a.b", "data": "text", "content_type": "text/plain", "metadata": [["key", "value"]]}

``data_base64`` stands for ``data`` where the body is not UTF-8. ``metadata`` may be given as an
object too; it is printed as pairs, because a key may occur more than once.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping

from ..config.problems import kind_of, nearest
from ..message import Message, Metadata

KEYS = ("topic", "data", "data_base64", "content_type", "metadata")


def read_record(line: bytes, default_topic: str | None) -> tuple[str, Message]:
    """Topic and message of a line.

    Args:
        line: one JSON object.
        default_topic: the topic where the object names none.

    Raises:
        ValueError: the line is something else; the text says what and what to do.
    """
    record = _object(line)
    for key in record:
        if key not in KEYS:
            raise ValueError(f'unknown key "{key}"; {nearest(key, KEYS, "known keys")}')
    topic = _text(record, "topic") or default_topic
    if topic is None:
        raise ValueError('no "topic" in the object, and none on the command line')
    data = _data(record)
    return topic, Message(data, _text(record, "content_type"), _metadata(record.get("metadata")))


def write_record(message: Message) -> str:
    """A message as one line of JSON."""
    record: dict[str, object] = {"topic": message.topic}
    try:
        record["data"] = message.data.decode()
    except UnicodeDecodeError:
        record["data_base64"] = base64.b64encode(message.data).decode()
    record["content_type"] = message.content_type
    record["metadata"] = list(map(list, message.metadata)) if message.metadata is not None else None
    return json.dumps(record, ensure_ascii=False)


def _object(line: bytes) -> Mapping[str, object]:
    try:
        record = json.loads(line)
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8 (byte {error.start + 1} of the line)") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error.msg} (column {error.colno})") from None
    except RecursionError:
        raise ValueError("not JSON that can be read: nested too deeply") from None
    if not isinstance(record, dict):
        raise ValueError(f"expected a JSON object, got {kind_of(record)}")
    return record


def _text(record: Mapping[str, object], key: str) -> str | None:
    value = record.get(key)
    if value is not None and not isinstance(value, str):
        raise ValueError(f'"{key}" is {kind_of(value)}; expected text')
    return value


def _data(record: Mapping[str, object]) -> bytes:
    text, encoded = record.get("data"), record.get("data_base64")
    if (text is None) == (encoded is None):
        raise ValueError('expected either "data" (text) or "data_base64"')
    if encoded is None:
        if not isinstance(text, str):
            raise ValueError(
                f'"data" is {kind_of(text)}; expected text (JSON as a body is text too: quote it)'
            )
        return _encode(text, "data")
    try:
        return base64.b64decode(str(encoded), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError(f'"data_base64" is not base64: {error}') from None


def _encode(text: str, key: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:  # a lone surrogate, which JSON can spell
        raise ValueError(f'"{key}" cannot be written as UTF-8') from None


def _metadata(value: object) -> Metadata | None:
    if value is None:
        return None
    pairs = list(value.items()) if isinstance(value, Mapping) else value
    if not isinstance(pairs, list) or not all(map(_is_pair, pairs)):
        raise ValueError(
            '"metadata" is not an object of texts, nor a list of [key, value] pairs of texts'
        )
    return tuple((key, text) for key, text in pairs)


def _is_pair(value: object) -> bool:
    return (
        isinstance(value, (list, tuple))
        and len(value) == 2
        and all(isinstance(item, str) for item in value)
    )
