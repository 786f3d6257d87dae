"""What cannot work is refused before the first message, with the key and the reason."""

from __future__ import annotations

from typing import Any

import pytest

from guests.hosting import built
from wasi_messaging import Config, ConfigError


@pytest.mark.parametrize(
    ("subscription", "clients", "text"),
    [
        ({"order": "partition"}, {}, "has no partitions"),
        ({"order": "sideways"}, {}, 'expected "none", "topic", "partition" or "metadata:KEY"'),
        ({"retry": {"attempts": 0}}, {}, "expected a number from 1 to 1,000,000"),
        ({"retry": {"attempts": "many"}}, {}, 'or "unlimited", got "many"'),
        ({"retry": {"initial": "-1s"}}, {}, "expected a duration"),
        ({"retry": {"initial": "2s", "max": "1s"}}, {}, "cannot be shorter than initial"),
        ({"retry": {"max": "400d"}}, {}, "retry.max"),
        ({"retry": {"factor": 0.5}}, {}, "factor"),
        ({"retry": {"jitter": 2}}, {}, "jitter"),
        ({"retry": {"attempts": "unlimited", "initial": 0, "max": 0}}, {}, "need a pause"),
        (
            {"actions": {"trap": "dead-letter"}},
            {},
            'actions.trap = "dead-letter" needs dead_letter',
        ),
        ({"actions": {"ok": "retry"}}, {}, "would handle again"),
        (
            {"actions": {"permision-denied": "drop"}},
            {},
            'unknown key; did you mean "permission-denied"',
        ),
        ({"on_exhausted": "dead-letter"}, {}, "needs dead_letter"),
        ({"dead_letter": {"topic": "in"}}, {}, "would come back to this subscription, for ever"),
        ({"dead_letter": {"topic": "x", "client": "oter"}}, {}, 'did you mean "other"'),
        ({"dead_letter": {"topic": "two..dots"}}, {}, "two..dots"),
        (
            {"dead_letter": {"topic": "x", "client": "core"}},
            {"core": {"url": "nats://127.0.0.1:1"}},
            "does not confirm",
        ),
        ({"group": " x "}, {}, "without white space at its ends"),
        ({"group": "a\nb"}, {}, "text on one line"),
        (
            {"client": "stream", "dead_letter": {"topic": "x", "client": "other"}},
            {"stream": {"url": "nats://h", "stream": {"name": "S"}}},
            "does not keep messages through a restart",
        ),
        (
            {"client": "stream", "retry": {"attempts": "unlimited"}},
            {"stream": {"url": "nats://h", "stream": {"name": "S", "max_age": "1h"}}},
            "all attempts never end, but",
        ),
        (
            {"client": "stream", "retry": {"attempts": 100}},
            {"stream": {"url": "nats://h", "stream": {"name": "S", "max_age": "1h"}}},
            "keeps messages for 1h only",
        ),
    ],
)
def test_what_cannot_work_is_refused_before_the_start(
    subscription: dict[str, Any], clients: dict[str, Any], text: str
) -> None:
    """With the key and the reason."""
    known = {"other": {"url": "memory:other"}} | clients
    component = {
        "path": str(built("outcome/c")),
        "subscriptions": [{"topic": "in"} | subscription],
    }
    with pytest.raises(ConfigError) as raised:
        Config.from_dict(
            {
                "clients": {"default": {"url": "memory:"}, **known},
                "components": {"guest": component},
            }
        )
    assert text in str(raised.value)


def test_dead_letters_may_not_go_in_circles() -> None:
    """Not by way of other subscriptions and other clients of the same broker either."""
    path = str(built("outcome/c"))
    clients = {
        "default": {"url": "nats://one:4222", "stream": {"name": "S"}},
        "same": {"url": "nats://user:secret@one:4222", "stream": {"name": "S"}},
    }

    def subscribed(topic: str, dead: str, client: str = "default") -> dict[str, Any]:
        letter = {"topic": dead, "client": client}
        return {"path": path, "subscriptions": [{"topic": topic, "dead_letter": letter}]}

    chain = {"a": subscribed("a", "b.1"), "b": subscribed("b.*", "c")}
    Config.from_dict({"clients": clients, "components": chain})
    circle = chain | {"c": subscribed("c", "a", "same")}
    with pytest.raises(ConfigError) as raised:
        Config.from_dict({"clients": clients, "components": circle})
    assert str(raised.value).count("would come back to this subscription by way of") == 3
    assert "components.b.subscriptions[0]" in str(raised.value)
    assert "secret" not in str(raised.value)
