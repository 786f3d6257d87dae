"""``[clients.NAME]`` with a NATS address."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from wasi_messaging.brokers.embedded import EmbeddedSettings
from wasi_messaging.brokers.nats import NatsBroker, NatsSettings


def settings(**given: object) -> NatsSettings:
    """Checked settings."""
    return NatsSettings.model_validate({"url": "nats://localhost", **given})


@pytest.mark.parametrize(
    "url",
    [
        "nats://",
        "http://secret@x",
        "nats://secret@x:99999",
        "nats://secret@x:y",
        "nats://secret@x/p",
    ],
)
def test_urls_that_are_none(url: str) -> None:
    """Refused, without repeating what may hold a password."""
    with pytest.raises(ValidationError, match="not a NATS url") as raised:
        settings(url=url)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"user": "u"}, "belong together"),
        ({"password": "p"}, "belong together"),
        ({"token": "t", "user": "u", "password": "p"}, "more than one way"),
        ({"url": "nats://u:p@h", "token": "t"}, "more than one way"),
        ({"tls_cert": "c.pem"}, "belong together"),
        ({"stream": {"name": "S", "create": True}}, "needs subjects"),
        ({"stream": {"name": "a.b"}}, "pattern"),
        ({"streams": {}}, "Extra inputs"),
    ],
)
def test_settings_that_do_not_fit(given: dict[str, object], problem: str) -> None:
    """Each says what is wrong."""
    with pytest.raises(ValidationError, match=problem):
        settings(**given)


def test_addresses_are_shown_without_credentials() -> None:
    """In every text about the broker."""
    broker = NatsBroker(settings(url="nats://user:secret@one,tls://two:1234"))
    assert broker.address == "nats://one:4222,tls://two:1234"
    assert "secret" not in broker.summary()
    assert "secret" not in repr(settings(token="secret"))


def test_core_says_that_it_is_at_most_once() -> None:
    """Nobody should find out by losing a message."""
    assert "at most once" in NatsBroker(settings()).summary()
    assert not NatsBroker(settings()).capabilities.acknowledgement
    stored = NatsBroker(settings(stream={"name": "S", "ack_wait": "7s"}))
    assert "at least once" in stored.summary()
    assert stored.capabilities.lease == 7


def test_paths_start_at_the_folder_of_the_configuration(tmp_path: Path) -> None:
    """Of files and of the embedded broker's directory, its default included."""
    given = {"url": "tls://x", "tls_ca": "ca.pem"}
    nats = NatsSettings.model_validate(given, context={"folder": tmp_path})
    assert nats.tls_ca == tmp_path / "ca.pem"
    embedded = EmbeddedSettings.model_validate({"url": "embedded:"}, context={"folder": tmp_path})
    assert embedded.directory == tmp_path / ".wasi-messaging"


def test_the_embedded_url_is_bare() -> None:
    """A folder is a setting."""
    with pytest.raises(ValidationError, match="directory"):
        EmbeddedSettings(url="embedded:folder")
