"""Dead letters of messages that could not be published again as they came."""

from __future__ import annotations

import pytest

from guests.hosting import built
from wasi_messaging import Config, ConfigError, Host, Message
from wasi_messaging.delivery import letters
from wasi_messaging.message import Metadata
from wasi_messaging.testing import collect
from wasi_messaging.testing.servers import NatsServer

PAYLOAD = 2**20


def configured(server: NatsServer) -> Config:
    """Messages from memory, letters to a stream."""
    stream = {"name": "S", "subjects": ["dead"], "create": True}
    return Config.from_dict(
        {
            "clients": {
                "default": {"url": "memory:"},
                "stream": {"url": server.url, "stream": stream},
            },
            "components": {
                "guest": {
                    "path": str(built("outcome/c")),
                    "subscriptions": [
                        {
                            "topic": ">",
                            "retry": {"attempts": 1},
                            "dead_letter": {"topic": "dead", "client": "stream"},
                        }
                    ],
                    "permissions": {"default": {"send": ["out"]}},
                }
            },
        }
    )


@pytest.mark.parametrize(
    ("content_type", "metadata"),
    [
        ("text/x", (("foo bar", "1"), ("foo bar", "2"), ("clé", "ü"))),
        ("text/x", (("k", "a\rb"), ("k", " space "))),
        (" odd ", (("Content-Type", "a"), ("content-type", "b"))),
        (" odd ", None),
        ("text/x", (("Nats-Msg-Id", "7"),)),
    ],
)
async def test_what_the_target_would_refuse_is_enclosed(
    content_type: str, metadata: Metadata | None
) -> None:
    """The letter is stored, and the message in it is whole."""
    with NatsServer() as server:
        async with Host(configured(server)) as host, collect(host.broker("stream"), "dead") as dead:
            host.broker().publish("in", Message(b"1 t 0 1", content_type, metadata))
            letter = letters.read((await dead.wait(1))[0])
    assert letter is not None
    assert letter.message == Message(b"1 t 0 1", content_type, metadata, "in")
    assert (letter.story.outcome, letter.story.topic) == ("trap", "in")


async def test_a_body_that_leaves_hardly_any_room() -> None:
    """The story is shorter, the message is whole."""
    body = b"1 t 0 1 " + bytes(PAYLOAD - 400)
    with NatsServer() as server:
        async with Host(configured(server)) as host, collect(host.broker("stream"), "dead") as dead:
            host.broker().publish("in", Message(body))
            letter = letters.read((await dead.wait(1))[0])
    assert letter is not None
    assert letter.message.data == body
    assert (letter.story.client, letter.story.attempts, letter.story.outcome) == (
        *("default", 1, "trap"),
    )
    assert letter.story.reason == ""


async def test_a_server_of_two_names_is_noticed_when_it_is_connected() -> None:
    """Dead letters that would come back by another address are refused at the start."""
    with NatsServer() as server:
        stream = {"name": "S", "subjects": ["in.>"], "create": True}
        other = server.url.replace("127.0.0.1", "localhost")
        letter = {"topic": "in.dead", "client": "other"}
        config = Config.from_dict(
            {
                "clients": {
                    "default": {"url": server.url, "stream": stream},
                    "other": {"url": other, "stream": stream},
                },
                "components": {
                    "guest": {
                        "path": str(built("outcome/c")),
                        "subscriptions": [{"topic": "in.>", "dead_letter": letter}],
                    }
                },
            }
        )
        with pytest.raises(ConfigError, match="would come back to this subscription"):
            async with Host(config):
                pass
