"""Which clients reach the same broker, as far as their settings tell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from wasi_messaging.abc import Broker
from wasi_messaging.brokers import broker_class

STREAMS: list[dict[str, Any]] = [{}, {"stream": {"name": "S"}}, {"stream": {"name": "T"}}]


def client(folder: Path, url: str, **given: object) -> Broker:
    """As the configuration makes it, in that folder."""
    kind = broker_class(url)
    settings = kind.settings_type.model_validate({"url": url, **given}, context={"folder": folder})
    return kind(settings)


@pytest.mark.parametrize("stream", STREAMS)
@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("nats://a", "nats://a:4222", True),
        ("nats://a", "tls://A:4222", True),
        ("nats://user:secret@a", "nats://token@a", True),
        ("nats://b:1,nats://a", "tls://c,nats://a:4222", True),
        ("nats://[::1]", "tls://[::1]:4222", True),
        ("nats://a", "nats://a:4223", False),
        ("nats://a,nats://b", "nats://c,nats://d", False),
    ],
)
def test_nats(tmp_path: Path, one: str, other: str, same: bool, stream: dict[str, Any]) -> None:
    """One server in common is enough, whatever the login and the stream."""
    ours, theirs = client(tmp_path, one), client(tmp_path, other, **stream)
    assert ours.is_same(theirs) is theirs.is_same(ours) is same


def test_embedded(tmp_path: Path) -> None:
    """One folder, however it is written; never a server elsewhere."""
    broker = client(tmp_path, "embedded:")
    (tmp_path / "link").symlink_to(tmp_path / ".wasi-messaging")
    for directory in (".wasi-messaging", "x/../.wasi-messaging", "link"):
        assert broker.is_same(client(tmp_path, "embedded:", directory=directory, max_age="1h"))
    assert not broker.is_same(client(tmp_path, "embedded:", directory="other"))
    assert not broker.is_same(client(tmp_path / "other", "embedded:"))
    nats = client(tmp_path, "nats://127.0.0.1")
    assert not broker.is_same(nats)
    assert not nats.is_same(broker)


def test_memory(tmp_path: Path) -> None:
    """One name; without a name only itself."""
    named, alone = client(tmp_path, "memory:x"), client(tmp_path, "memory:")
    assert named.is_same(client(tmp_path, "memory:x", lease="5s"))
    assert not named.is_same(client(tmp_path, "memory:y"))
    assert alone.is_same(alone)
    assert not alone.is_same(client(tmp_path, "memory:"))
    assert not alone.is_same(client(tmp_path, "embedded:"))


def test_by_default(tmp_path: Path) -> None:
    """Equal settings of one class."""
    one, other = client(tmp_path, "memory:"), client(tmp_path, "memory:")
    assert Broker.is_same(one, other)
    assert not Broker.is_same(one, client(tmp_path, "memory:", lease="5s"))
    assert not Broker.is_same(one, client(tmp_path, "embedded:"))
