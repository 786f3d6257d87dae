"""Where a replayed message may go.

A letter says where its message came from, but whoever may publish to the topic of the letters wrote
that. So it counts only where a subscription of the configuration takes such messages: nobody who
writes letters can have the operator publish elsewhere. What the command line names counts as it is.
"""

from __future__ import annotations

from pathlib import Path

from ...abc import Broker
from ...errors import ConfigError, MessageRejectedError
from ..failures import USAGE, Failure
from ..session import find_config, no_components
from .boxes import Held
from .configured import broker_of, configured_subscriptions, find_file


class Destinations:
    """Knows where the message of each letter goes.

    Args:
        path: what ``--config`` said.
        client: what ``--to-client`` said; else each letter tells.
        topic: what ``--to`` said; else each letter tells.
        trust: whether every letter is believed.

    Raises:
        ConfigError: the configuration cannot be used.
        Failure: no letter could be replayed, as nothing says where messages may go.
    """

    def __init__(
        self, path: Path | None, client: str | None, topic: str | None, *, trust: bool
    ) -> None:
        self._client = client
        self._topic = topic
        self._trust = trust
        self._config = find_config(path, no_components)
        file = find_file(path)
        self._subscriptions = [] if file is None else configured_subscriptions(file)
        self._file = file
        self._brokers: dict[str, Broker] = {}
        self._known: dict[tuple[str, str], bool] = {}
        if not (self._subscriptions or trust or topic):
            where = "there is no configuration" if file is None else f"{file} has no subscription"
            raise Failure(
                f"{where} that says where messages may go; name the topic with --to, or add "
                "--trust to believe what each letter says",
                USAGE,
            )

    def of(self, held: Held) -> tuple[str, str]:
        """Client and topic.

        Raises:
            ConfigError: there is no such client.
            MessageRejectedError: what the letter says does not count.
        """
        story = held.letter.story
        client, topic = self._client or story.client, self._topic or story.topic
        if not topic:
            raise MessageRejectedError("the letter does not tell its topic; --to names one")
        broker = self._broker(client)
        if self._trust:
            return client, topic
        if self._topic is None:
            self._check(client, topic, broker)
        elif self._client is None:
            self._check_client(client, held.box.target.client)
        return client, topic

    def _check(self, client: str, topic: str, broker: Broker) -> None:
        broker.validate_topic(topic)
        known = self._known.get((client, topic))
        if known is None:
            known = self._known[client, topic] = any(
                entry.client == client and broker.matches(entry.topic, topic)
                for entry in self._subscriptions
            )
        if not known:
            raise MessageRejectedError(
                f"no subscription of {self._file} takes {topic!r} of client {client!r}; name "
                "another topic with --to, another client with --to-client, or add --trust to "
                "believe the letter"
            )

    def _check_client(self, client: str, own: str) -> None:
        """The topic is the operator's; the client may be the one of the letters, too."""
        if client != own and all(entry.client != client for entry in self._subscriptions):
            raise MessageRejectedError(
                f"neither a subscription nor the letter itself is on client {client!r}; name "
                "another with --to-client, or add --trust to believe the letter"
            )

    def _broker(self, client: str) -> Broker:
        if client not in self._brokers:
            try:
                self._brokers[client] = broker_of(self._config, client)
            except ConfigError as error:
                raise ConfigError(f"{error}; --to-client C names another") from None
        return self._brokers[client]
